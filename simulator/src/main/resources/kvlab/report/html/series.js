/**
 * The rows of one design: row i is about the time from t[i] to t[i] + dt[i], and no two overlap.
 * What is drawn of them is worked out anew for each stretch of time and number of pixels.
 */
class Series {
  constructor(names, values) {
    this.t = values[names.indexOf('t_s')];
    this.dt = values[names.indexOf('dt_s')];
    this.columns = new Map(names.map((name, i) => [name, values[i]]));
  }

  get length() {
    return this.t.length;
  }

  get end() {
    return this.length === 0 ? 0 : this.t[this.length - 1] + this.dt[this.length - 1];
  }

  /** The first row that ends after a time. */
  rowAt(seconds) {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.t[middle] + this.dt[middle] > seconds) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** The value of a column at a time; NaN outside the run. */
  at(column, seconds) {
    const row = this.rowAt(seconds);
    return row < this.length && this.t[row] <= seconds ? this.columns.get(column)[row] : NaN;
  }

  /**
   * For each of so many pixels the lowest and the highest value of a column in the time that the pixel
   * stands for, in the order in which they come; null where there is none.
   */
  envelope(column, from, to, pixels) {
    const values = this.columns.get(column);
    const ends = new Array(2 * pixels).fill(null);
    const width = (to - from) / pixels;
    let row = this.rowAt(from);
    for (let pixel = 0; pixel < pixels && row < this.length; pixel++) {
      const until = from + (pixel + 1) * width;
      let low = -1;
      let high = -1;
      for (; row < this.length && this.t[row] < until; row++) {
        if (low < 0 || values[row] < values[low]) {
          low = row;
        }
        if (high < 0 || values[row] > values[high]) {
          high = row;
        }
        if (this.t[row] + this.dt[row] > until) {
          break; // it reaches into the next pixel
        }
      }
      if (low >= 0) {
        ends[2 * pixel] = finite(values[Math.min(low, high)]);
        ends[2 * pixel + 1] = finite(values[Math.max(low, high)]);
      }
    }
    return ends;
  }

  /** For each of so many pixels the mean over time of each column; null where there is none. */
  means(names, from, to, pixels) {
    const columns = names.map((name) => this.columns.get(name));
    const means = names.map(() => new Array(pixels).fill(null));
    const width = (to - from) / pixels;
    let row = this.rowAt(from);
    for (let pixel = 0; pixel < pixels && row < this.length; pixel++) {
      const start = from + pixel * width;
      const until = start + width;
      const sums = new Array(names.length).fill(0);
      let weight = 0;
      for (; row < this.length && this.t[row] < until; row++) {
        const end = this.t[row] + this.dt[row];
        const share = Math.min(end, until) - Math.max(this.t[row], start);
        weight += share;
        for (let c = 0; c < sums.length; c++) {
          sums[c] += columns[c][row] * share;
        }
        if (end > until) {
          break;
        }
      }
      if (weight > 0) {
        means.forEach((mean, c) => (mean[pixel] = sums[c] / weight));
      }
    }
    return means;
  }
}

function finite(value) {
  return Number.isFinite(value) ? value : null;
}

/** A distribution: value[i] is not exceeded by the share quantile[i]. */
class Distribution {
  constructor([quantile, value]) {
    this.quantile = quantile;
    this.value = value;
  }

  get length() {
    return this.value.length;
  }

  /** The share that is not above a value. */
  share(value) {
    const n = this.length;
    if (n === 0 || value < this.value[0]) {
      return n === 0 ? null : 0;
    }
    let low = 0;
    let high = n - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.value[middle] <= value) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    if (low === n - 1) {
      return 1;
    }
    const step = this.value[low + 1] - this.value[low];
    const part = step > 0 ? (value - this.value[low]) / step : 1;
    return this.quantile[low] + part * (this.quantile[low + 1] - this.quantile[low]);
  }

  /** The value that the share does not exceed. */
  at(share) {
    const place = Math.min(this.length - 1, Math.round(share * (this.length - 1)));
    return this.value[place];
  }
}
