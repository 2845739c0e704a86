/** The charts of a run. */
async function startRun(data) {
  const [designs, names] = [data.designs, data.columns];
  const packed = await Promise.all(data.series.map((its) => columns(its.packed)));
  designs.forEach((design, i) => (design.series = new Series(names, packed[i])));
  view.end = Math.max(1e-9, ...designs.map((design) => design.series.end));
  view.to = view.end;
  const shown = () => designs.filter((design) => !view.hidden.has(design.name));
  if (designs.length > 1) {
    toggles(document.getElementById('toggles'), designs);
  }
  const reset = element('button', '', 'whole run');
  reset.type = 'button';
  reset.addEventListener('click', () => view.reset());
  document.getElementById('toggles').append(reset);
  const lines = document.getElementById('lines');
  lineChart(lines, shown, 'Running requests', '', 'running');
  lineChart(lines, shown, 'Waiting requests', '', 'waiting');
  if (names.includes('output_tokens_per_s')) {
    meanChart(lines, shown, 'Output', 'tokens a second', 'output_tokens_per_s');
  }
  lineChart(lines, shown, 'Pool that holds tokens', '%', 'live_pct', 100);
  designs.forEach((design) => stackChart(document.getElementById('stacks'), design, data.parts));
  document.getElementById('drawn').textContent = drawnNote(data.series, designs);
  for (const [metric, title, unit, scale] of METRICS) {
    const its = await Promise.all(data.latency[metric].map((text) => columns(text)));
    distributionChart(document.getElementById('distributions'), shown, title, unit, its.map((values, i) => {
      const distribution = new Distribution(values);
      distribution.value = distribution.value.map((value) => value * scale);
      return [designs[i], distribution];
    }));
  }
}

const METRICS = [
  ['ttft', 'Time to first token (TTFT)', 's', 1e-3],
  ['e2e', 'End to end (E2E)', 's', 1e-3],
  ['tpot', 'Time per output token (TPOT)', 'ms', 1],
  ['itl', 'Gap between tokens (ITL)', 'ms', 1],
];

/** What was left out of the data, if anything. */
function drawnNote(series, designs) {
  const thinned = series.map((its, i) => [its, designs[i]]).filter(([its]) => its.drawn < its.rows);
  return thinned.length === 0
    ? 'Every row of timeseries.csv is here; where several fall on a pixel, lines cover their lowest and highest value, and areas and the output are their mean.'
    : `Of ${thinned.map(([its, design]) => `${design.name} ${its.rows.toLocaleString('en-US')}`).join(', ')} rows in timeseries.csv, `
      + `${thinned[0][0].drawn.toLocaleString('en-US')} each are here: of every stretch the lowest and highest value of a line, and the mean of an area. Zooming in shows no more than that.`;
}

const timeAxis = {
  span: () => [view.from, view.to],
  zoom: (from, to) => view.zoom(from, to),
  reset: () => view.reset(),
  linked: true,
};

/** A column of the time series, a line for each design, from its lowest to its highest in every pixel. */
function lineChart(host, shown, title, unit, column, top) {
  const data = (pixels) => {
    const width = (view.to - view.from) / pixels;
    const x = Array.from({ length: 2 * pixels }, (_, i) => view.from + (i / 2 + 0.25) * width);
    return [x, ...shown().map((design) => design.series.envelope(column, view.from, view.to, pixels))];
  };
  designChart(host, shown, title, unit, column, data, top);
}

/** The same of a column that jumps from row to row: its mean over a few pixels at a time. */
function meanChart(host, shown, title, unit, column) {
  const data = (pixels) => {
    const cells = Math.ceil(pixels / 5);
    const width = (view.to - view.from) / cells;
    const x = Array.from({ length: cells }, (_, i) => view.from + (i + 0.5) * width);
    return [x, ...shown().map((design) => design.series.means([column], view.from, view.to, cells)[0])];
  };
  designChart(host, shown, title, unit, column, data);
}

function designChart(host, shown, title, unit, column, data, top) {
  new Chart(host, {
    ...timeAxis,
    title,
    unit,
    height: 220,
    ticks: timeTicks(),
    lines: () => shown().map((design) => ({ stroke: theme.of(design), width: 1.5, dash: design.dash })),
    data,
    top: (drawn) => top || ceiling(largest(drawn)),
    tip: (seconds) => ({
      title: `${title}${unit ? `, ${unit}` : ''}, at ${moment(seconds)}`,
      rows: shown()
        .map((design) => [theme.of(design), design.name, design.series.at(column, seconds)])
        .sort((a, b) => (b[2] || 0) - (a[2] || 0))
        .map(([colour, name, value]) => [colour, name, number(value)]),
    }),
  });
}

/** The parts of the pool over time, stacked, of one design. */
function stackChart(host, design, parts) {
  const series = design.series;
  const seen = parts.filter((part) => series.columns.get(`${part.key}_pct`).some((value) => value >= 0.05));
  const keys = seen.map((part) => `${part.key}_pct`);
  new Chart(host, {
    ...timeAxis,
    title: design.name,
    unit: '% of all slots',
    height: 170,
    ticks: timeTicks(),
    shown: () => !view.hidden.has(design.name),
    lines: () => [...seen].reverse().map((part) => ({ fill: theme.of(part), width: 0 })),
    data: (pixels) => {
      const width = (view.to - view.from) / pixels;
      const x = Array.from({ length: pixels }, (_, i) => view.from + (i + 0.5) * width);
      const means = series.means(keys, view.from, view.to, pixels);
      for (let p = 1; p < means.length; p++) {
        means[p] = means[p].map((mean, i) => (mean === null ? null : Math.min(100, mean + means[p - 1][i])));
      }
      return [x, ...means.reverse()];
    },
    top: () => 100,
    tip: (seconds) => ({
      title: `${design.name}, at ${moment(seconds)}`,
      rows: [...seen].reverse().map((part) => {
        const share = series.at(`${part.key}_pct`, seconds);
        return [theme.of(part), part.label, Number.isFinite(share) ? `${share.toFixed(1)} %` : '–'];
      }),
    }),
  });
}

/** Distributions of a latency, a line for each design, on a logarithmic axis. */
function distributionChart(host, shown, title, unit, all) {
  const some = all.filter(([, distribution]) => distribution.length > 0);
  const least = Math.min(...some.map(([, d]) => Math.max(d.value[0], 1e-6)));
  const most = Math.max(...some.map(([, d]) => Math.max(d.value[d.length - 1], 1e-6)));
  if (some.length === 0) {
    return;
  }
  const whole = [Math.log10(least) - 0.02, Math.log10(Math.max(most, least * 1.2)) + 0.02];
  let span = whole;
  const its = () => some.filter(([design]) => shown().includes(design));
  const chart = new Chart(host, {
    title,
    unit,
    height: 240,
    linked: false,
    span: () => span,
    zoom: (from, to) => {
      span = to - from > 1e-4 ? [Math.max(whole[0], from), Math.min(whole[1], to)] : whole;
      chart.draw();
    },
    reset: () => {
      span = whole;
      chart.draw();
    },
    ticks: { splits: (u, axis, min, max) => decades(min, max), values: (u, splits) => splits.map((at, i) => short(10 ** at) + (i === splits.length - 1 ? ` ${unit}` : '')) },
    lines: () => its().map(([design]) => ({ stroke: theme.of(design), width: 1.8, dash: design.dash })),
    data: (pixels) => {
      const x = Array.from({ length: pixels + 1 }, (_, i) => span[0] + (i / pixels) * (span[1] - span[0]));
      return [x, ...its().map(([, distribution]) => x.map((at) => 100 * distribution.share(10 ** at)))];
    },
    top: () => 100,
    tip: (at) => ({
      title: `within ${number(10 ** at)} ${unit}`,
      rows: its()
        .map(([design, distribution]) => [design, distribution, distribution.share(10 ** at)])
        .sort((a, b) => b[2] - a[2])
        .map(([design, d, share]) => [
          theme.of(design), design.name, `${(100 * share).toFixed(1)} %`, `p50 ${number(d.at(0.5))}`, `p99 ${number(d.at(0.99))}`,
        ]),
    }),
  });
}

/** Places of ticks on a logarithmic axis: powers of ten, and 2 and 5 times them where there is room. */
function decades(min, max) {
  const steps = max - min > 4 ? [1] : max - min > 1.2 ? [1, 3] : [1, 1.5, 2, 3, 5, 7];
  const places = [];
  for (let power = Math.floor(min); power <= max; power++) {
    places.push(...steps.map((step) => power + Math.log10(step)));
  }
  return places.filter((place) => place >= min && place <= max);
}
