/** The charts of a sweep: a metric over one of the varied options, the others at chosen values. */
function startSweep(data) {
  const { designs, options, rows, metrics } = data;
  const values = options.map((_, o) => [...new Set(rows.map((row) => row[1 + o]))]);
  const numeric = options.map((_, o) => values[o].every((value) => value !== '' && Number.isFinite(Number(value))));
  const chosen = values.map((its) => its[0]);
  let axis = Math.max(0, options.findIndex((_, o) => numeric[o] && values[o].length > 1));
  const shown = () => designs.filter((design) => !view.hidden.has(design.name));
  const choices = document.getElementById('choices');
  if (designs.length > 1) {
    toggles(document.getElementById('toggles'), designs);
  }
  if (options.length > 1) {
    choices.append(select('along', options, options[axis], (name) => {
      axis = options.indexOf(name);
      update();
    }));
  }
  const selects = options.map((name, o) => select(name, values[o], chosen[o], (value) => {
    chosen[o] = value;
    view.tell();
  }));
  choices.append(...selects);
  const update = () => {
    selects.forEach((its, o) => (its.hidden = o === axis || values[o].length < 2));
    view.tell();
  };
  const places = () => (numeric[axis] ? [...values[axis]].sort((a, b) => a - b) : values[axis]);
  const isLog = () => numeric[axis] && places()[0] > 0 && places().at(-1) / places()[0] > 8;
  const x = (value, i) => (!numeric[axis] ? i : isLog() ? Math.log10(value) : Number(value));
  const at = (design, metric, value) => {
    const row = rows.find((its) => designs[its[0]] === design && its[1 + axis] === value
      && options.every((_, o) => o === axis || its[1 + o] === chosen[o]));
    return row ? row[1 + options.length + metric] : null;
  };
  metrics.forEach((metric, m) => {
    new Chart(document.getElementById('curves-charts'), {
      title: metric.label,
      unit: metric.unit,
      height: 220,
      linked: false,
      shown: () => rows.some((row) => row[1 + options.length + m] > 0),
      span: () => {
        const all = places().map(x);
        const margin = ((all.at(-1) - all[0]) || 1) * 0.04;
        return [all[0] - margin, all.at(-1) + margin];
      },
      zoom: () => {},
      reset: () => {},
      ticks: {
        splits: () => places().map(x),
        values: (u, splits) => thinned(places(), splits.length),
      },
      lines: () => shown().map((design) => ({
        stroke: theme.of(design), width: 1.8, dash: design.dash, spanGaps: true,
        points: { show: true, size: 6, fill: theme.of(design), stroke: theme.of(design) },
      })),
      data: () => [places().map(x), ...shown().map((design) => places().map((value) => at(design, m, value)))],
      top: (columns) => ceiling(largest(columns)),
      tip: (where) => {
        const all = places().map(x);
        const nearest = all.reduce((best, place, i) => (Math.abs(place - where) < Math.abs(all[best] - where) ? i : best), 0);
        const value = places()[nearest];
        return {
          title: `${metric.label}${metric.unit ? `, ${metric.unit}` : ''}, at ${options[axis]} ${value}`,
          rows: shown()
            .map((design) => [theme.of(design), design.name, at(design, m, value)])
            .sort((a, b) => (b[2] ?? -1) - (a[2] ?? -1))
            .map(([colour, name, its]) => [colour, name, its === null ? 'did not run' : number(its)]),
        };
      },
    });
  });
  update();
}

/** Of many labels as many as fit, evenly; the rest are empty. */
function thinned(labels, count) {
  const every = Math.ceil(count / 7);
  return labels.map((label, i) => (i % every === 0 ? label : ''));
}

/** A choice among values, with a label. */
function select(name, values, value, onChange) {
  const label = element('label', '', name);
  const list = element('select');
  list.append(...values.map((each) => element('option', '', each)));
  list.value = value;
  list.addEventListener('change', () => onChange(list.value));
  label.append(list);
  return label;
}
