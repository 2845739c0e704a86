/** What all charts of the page show: a stretch of time, and which designs. Charts are told of changes. */
const view = {
  from: 0,
  to: 1,
  end: 1,
  hidden: new Set(),
  listeners: [],

  onChange(listener) {
    this.listeners.push(listener);
  },

  tell() {
    this.listeners.forEach((listener) => listener());
  },

  /** Shows a stretch, as far as there is something, or all of it where that is nothing to speak of. */
  zoom(from, to) {
    const least = this.end * 1e-6;
    this.from = Math.max(0, Math.min(from, to));
    this.to = Math.min(this.end, Math.max(from, to));
    if (!(this.to - this.from > least)) {
      this.from = 0;
      this.to = this.end;
    }
    this.tell();
  },

  reset() {
    this.zoom(0, this.end);
  },

  toggle(design) {
    if (!this.hidden.delete(design)) {
      this.hidden.add(design);
    }
    this.tell();
  },
};

/** An element with a class and text. */
function element(name, cssClass, text) {
  const made = document.createElement(name);
  if (cssClass) {
    made.className = cssClass;
  }
  if (text !== undefined) {
    made.textContent = text;
  }
  return made;
}

/** A number to three digits or so, without an exponent, thousands apart. */
function number(value) {
  if (!Number.isFinite(value)) {
    return '–';
  }
  const size = Math.abs(value);
  const decimals = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 0.995 ? 2 : 3;
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

const UNITS = [
  { name: 's', seconds: 1, up: 600 },
  { name: 'min', seconds: 60, up: 18000 },
  { name: 'h', seconds: 3600, up: 345600 },
  { name: 'd', seconds: 86400, up: Infinity },
];

/** The unit in which times up to so many seconds are read most easily. */
function timeUnit(seconds) {
  return UNITS.find((unit) => seconds <= unit.up);
}

/** A moment of the run in words. */
function moment(seconds) {
  const unit = timeUnit(view.end);
  const value = seconds / unit.seconds;
  const decimals = unit.seconds === 1 ? (view.end < 10 ? 3 : 1) : 2;
  return `${value.toFixed(decimals)} ${unit.name}`;
}
