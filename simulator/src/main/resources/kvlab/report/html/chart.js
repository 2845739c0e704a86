/**
 * A chart in a figure of its own. The specification says what to draw anew whenever something changes:
 *
 *   title, unit, height
 *   span()        [from, to] of the x axis
 *   zoom(a, b)    asks for another stretch of it; reset() for all of it
 *   lines()       uPlot series, the last on top
 *   data(pixels)  their values: [x, y of the first, ..]
 *   top(data)     where the y axis ends; it begins at 0
 *   ticks         optional settings of the x axis
 *   tip(x)        what is there: { title, rows: [[colour, name, text], ..] }, or null
 *   shown()       optional: whether there is anything to show at all
 *   linked        whether its cursor is that of all other linked charts
 */
class Chart {
  static all = [];

  constructor(host, spec) {
    this.spec = spec;
    this.figure = element('figure');
    const caption = element('figcaption', '', spec.title);
    caption.append(element('span', '', spec.unit || ''));
    this.plot = element('div', 'plot');
    this.figure.append(caption, this.plot);
    host.append(this.figure);
    this.width = 0;
    this.looks = '';
    Chart.all.push(this);
    view.onChange(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.figure);
    this.pinch();
  }

  draw() {
    const shown = !this.spec.shown || this.spec.shown();
    this.figure.hidden = !shown;
    const width = Math.floor(this.figure.clientWidth);
    if (!shown || width < 80) {
      return;
    }
    const data = this.spec.data(Math.max(40, width - Chart.LEFT - Chart.RIGHT));
    this.topmost = this.spec.top(data);
    const looks = [width, theme.dark, theme.printing, ...view.hidden].join();
    if (looks === this.looks) {
      this.u.batch(() => {
        this.u.setData(data, false);
        const [min, max] = this.spec.span();
        this.u.setScale('x', { min, max });
        this.u.setScale('y', { min: 0, max: this.topmost });
      });
      return;
    }
    this.looks = looks;
    this.u?.destroy();
    this.u = new uPlot(this.options(width), data, this.plot);
  }

  options(width) {
    const [ink, line] = [theme.css('--soft'), theme.css('--line')];
    const axis = {
      stroke: ink,
      font: '12px system-ui, "DejaVu Sans", sans-serif',
      ticks: { show: false },
    };
    return {
      width,
      height: this.spec.height,
      padding: [8, Chart.RIGHT, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, range: () => this.spec.span() },
        y: { range: () => [0, this.topmost] },
      },
      series: [{}, ...this.spec.lines().map((series) => ({ points: { show: false }, ...series }))],
      axes: [
        { ...axis, grid: { show: false }, size: 26, gap: 4, space: 64, ...(this.spec.ticks || {}) },
        {
          ...axis,
          grid: { stroke: line, width: 1 },
          size: Chart.LEFT,
          gap: 6,
          space: 32,
          values: (u, splits) => splits.map(short),
        },
      ],
      cursor: {
        drag: { x: true, y: false, setScale: false },
        points: { show: false },
        y: false,
        bind: { dblclick: () => () => this.spec.reset() },
      },
      hooks: { setSelect: [(u) => this.selected(u)], setCursor: [(u) => this.pointed(u)] },
    };
  }

  selected(u) {
    const { left, width } = u.select;
    if (width > 3) {
      const [from, to] = [u.posToVal(left, 'x'), u.posToVal(left + width, 'x')];
      u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      this.spec.zoom(from, to);
    }
  }

  pointed(u) {
    const { left, top } = u.cursor;
    const x = left >= 0 ? u.posToVal(left, 'x') : NaN;
    for (const other of Chart.all) {
      if (this.spec.linked && other !== this && other.spec.linked && other.u && !other.figure.hidden) {
        other.u.setCursor({ left: left < 0 ? -10 : other.u.valToPos(x, 'x'), top: 10 }, false);
      }
    }
    const box = u.over.getBoundingClientRect();
    tip.show(left < 0 ? null : this.spec.tip(x), box.left + left, box.top + top);
  }

  /** Two fingers zoom about their middle. */
  pinch() {
    let start = null;
    const fingers = (event) => [...event.touches].map((touch) => touch.clientX);
    this.plot.addEventListener('touchstart', (event) => {
      if (event.touches.length === 2) {
        start = { at: fingers(event), span: this.spec.span(), box: this.u.over.getBoundingClientRect() };
      }
    }, { passive: true });
    this.plot.addEventListener('touchmove', (event) => {
      if (start && event.touches.length === 2) {
        event.preventDefault();
        const [a, b] = fingers(event);
        const [from, to] = start.span;
        const apart = Math.max(10, Math.abs(a - b));
        const wide = ((to - from) * Math.abs(start.at[0] - start.at[1])) / apart;
        const where = (x) => (x - start.box.left) / start.box.width;
        const middle = from + where((start.at[0] + start.at[1]) / 2) * (to - from);
        const left = middle - where((a + b) / 2) * wide;
        this.spec.zoom(left, left + wide);
      }
    }, { passive: false });
    this.plot.addEventListener('touchend', () => (start = null));
  }
}

Chart.LEFT = 50;
Chart.RIGHT = 12;

/** A number on an axis. */
function short(value) {
  const size = Math.abs(value);
  const [scale, suffix] = size >= 1e9 ? [1e9, 'G'] : size >= 1e6 ? [1e6, 'M'] : size >= 1e4 ? [1e3, 'k'] : [1, ''];
  return Number((value / scale).toPrecision(4)).toLocaleString('en-US') + suffix;
}

/** A round number not below a value. */
function ceiling(value) {
  if (!(value > 0)) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((round) => round >= value * 1.02) || 12 * power;
}

/** The largest number of some columns of data; 0 where there is none. */
function largest(data) {
  let most = 0;
  data.slice(1).forEach((column) => column.forEach((value) => (most = value > most ? value : most)));
  return most;
}

/** Ticks of an axis in seconds, in a unit that suits the whole run. */
function timeTicks() {
  const unit = timeUnit(view.end);
  const steps = [];
  for (let power = -6; power <= 6; power++) {
    steps.push(...[1, 2, 5].map((step) => step * 10 ** power * unit.seconds));
  }
  return {
    incrs: steps,
    values: (u, splits) =>
      splits.map((at, i) => {
        const text = String(Number((at / unit.seconds).toPrecision(9)));
        return i === splits.length - 1 ? `${text} ${unit.name}` : text;
      }),
  };
}

/** The box beside the pointer. */
const tip = {
  show(content, x, y) {
    const box = document.getElementById('tip');
    box.hidden = !content;
    if (!content) {
      return;
    }
    const table = element('table');
    for (const [colour, name, ...texts] of content.rows) {
      const row = table.insertRow();
      const first = row.insertCell();
      if (colour) {
        const mark = element('i');
        mark.style.background = colour;
        first.append(mark);
      }
      first.append(name);
      texts.forEach((text) => (row.insertCell().textContent = text));
    }
    box.replaceChildren(element('b', '', content.title), table);
    const { offsetWidth, offsetHeight } = box;
    const left = x + 18 + offsetWidth > innerWidth ? x - offsetWidth - 18 : x + 18;
    box.style.left = `${Math.max(6, left)}px`;
    box.style.top = `${Math.max(6, Math.min(y + 14, innerHeight - offsetHeight - 6))}px`;
  },
};

/** Buttons that show and hide designs. */
function toggles(host, designs) {
  for (const design of designs) {
    const button = element('button', 'toggle');
    button.type = 'button';
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    const line = document.createElementNS('http://www.w3.org/2000/svg', 'line');
    svg.setAttribute('viewBox', '0 0 26 4');
    Object.entries({ x1: 0, x2: 26, y1: 2, y2: 2, 'stroke-width': 3, 'stroke-dasharray': design.dash.join(' ') })
      .forEach(([name, value]) => line.setAttribute(name, value));
    svg.append(line);
    button.append(svg, design.name);
    button.addEventListener('click', () => view.toggle(design.name));
    const update = () => {
      button.setAttribute('aria-pressed', !view.hidden.has(design.name));
      line.setAttribute('stroke', theme.of(design));
    };
    view.onChange(update);
    host.append(button);
  }
}
