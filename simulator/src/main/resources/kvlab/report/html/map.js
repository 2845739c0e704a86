/** Two films side by side, a time for both, and what is under the pointer. */
class MemoryMap {
  constructor(host, data) {
    this.data = data;
    this.names = Object.keys(data.maps);
    this.films = new Map();
    this.seconds = 0;
    this.playing = false;
    this.bold = undefined;
    this.panels = (this.names.length > 1 ? [0, 1] : [0]).map((place) => new MapPanel(this, place));
    const maps = element('div', 'maps');
    maps.append(...this.panels.map((panel) => panel.figure));
    host.append(this.controls(), maps, this.legend());
    view.onChange(() => this.draw(true));
    new ResizeObserver(() => this.draw(true)).observe(maps);
  }

  /** Shows the two designs that the answer is about, or the first and the last where they have no film. */
  async start() {
    const [left, right] = this.data.pair.every((name) => this.names.includes(name))
      ? this.data.pair
      : [this.names[0], this.names.at(-1)];
    this.panels[0].choose(left);
    this.panels[1]?.choose(right);
    await Promise.all(this.panels.map((panel) => panel.load()));
    this.retime();
    this.go(this.busiest());
  }

  film(name) {
    if (!this.films.has(name)) {
      this.films.set(name, unpack(this.data.maps[name]).then((bytes) => new Film(bytes)));
    }
    return this.films.get(name);
  }

  /** The moment at which the most requests run or wait, over both designs. */
  busiest() {
    let [best, most] = [0, -1];
    for (const { film } of this.panels) {
      film.frames.forEach((frame, i) => {
        const time = film.start + (i + 0.5) * film.interval;
        const count = this.panels.reduce((sum, panel) => {
          const its = panel.film.frames[panel.film.at(time)];
          return sum + (time < panel.film.end ? its.requests.length + Math.min(its.waiting, 10) : 0);
        }, 0);
        if (count > most) {
          [best, most] = [time, count];
        }
      });
    }
    return best;
  }

  controls() {
    const row = element('div', 'player');
    this.button = element('button', '', '▶ play');
    this.button.type = 'button';
    this.button.addEventListener('click', () => this.play(!this.playing));
    this.slider = element('input');
    Object.assign(this.slider, { type: 'range', min: 0, step: 'any' });
    this.slider.setAttribute('aria-label', 'moment of the run');
    this.slider.addEventListener('input', () => {
      this.play(false);
      this.go(Number(this.slider.value));
    });
    this.clock = element('output', 'clock');
    row.append(this.button, this.slider, this.clock);
    return row;
  }

  retime() {
    this.end = Math.max(...this.panels.map((panel) => panel.film.end));
    this.slider.max = this.end;
    this.step = Math.min(...this.panels.map((panel) => panel.film.interval));
  }

  go(seconds) {
    this.seconds = Math.max(0, Math.min(this.end, seconds));
    this.slider.value = this.seconds;
    this.clock.textContent = `at ${moment(this.seconds)}`;
    this.draw(false);
  }

  play(playing) {
    this.playing = playing;
    this.button.textContent = playing ? '❚❚ pause' : '▶ play';
    let before = 0;
    const tick = (now) => {
      if (!this.playing) {
        return;
      }
      if (before > 0) {
        this.go(this.seconds + ((now - before) / 1000) * (this.end / MemoryMap.SECONDS_TO_PLAY));
      }
      before = now;
      if (this.seconds >= this.end) {
        this.play(false);
      } else {
        requestAnimationFrame(tick);
      }
    };
    if (playing) {
      if (this.seconds >= this.end) {
        this.seconds = 0;
      }
      requestAnimationFrame(tick);
    }
  }

  draw(anew) {
    this.panels.forEach((panel) => panel.draw(anew));
  }

  embolden(owner) {
    if (owner !== this.bold) {
      this.bold = owner;
      this.draw(true);
    }
  }

  /** Patches that look as the map does, with words. */
  legend() {
    const list = element('p', 'legend');
    const patches = [
      ['tokens of a request, a hue each', 8, 2],
      ['reserved for its coming ones', 9 * REST.RESERVED, 2],
      ['internal: will never be filled', 9 * REST.INTERNAL, 2],
      ['rounding', 9 * REST.ROUNDING, 2],
      ['shared by several requests', 8, Film.SHARED],
      ['cached for reuse, held by nobody', 9 * REST.CACHED, Film.NOBODY],
      ['free while the next request is refused (external)', 9 * REST.FREE, Film.NOBODY, PART.EXTERNAL],
      ['free, and too little', 9 * REST.FREE, Film.NOBODY, PART.SHORT],
      ['free', 9 * REST.FREE, Film.NOBODY, PART.IDLE],
      ['withheld', 9 * REST.WITHHELD, Film.WITHHELD],
    ];
    for (const [words, look, owner, part] of patches) {
      const canvas = element('canvas', 'swatch');
      const item = element('span');
      item.append(canvas, words);
      list.append(item);
      view.onChange(() => {
        const side = 12 * Math.max(1, Math.round(devicePixelRatio));
        const parts = new Array(9).fill(0);
        parts[part] = 1;
        const patch = { cells: 1, owner: [owner], look: [look], frames: [{ parts }] };
        paint(canvas, side, side, (pixels) => drawFilm(pixels, patch, 0, 1, side, new Inks(this.data.parts)));
      });
    }
    return list;
  }
}

MemoryMap.SECONDS_TO_PLAY = 24;

/** Fills a canvas of such a size in device pixels. */
function paint(canvas, width, height, draw) {
  if (canvas.width !== width || canvas.height !== height) {
    Object.assign(canvas, { width, height });
  }
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  draw(new Uint32Array(image.data.buffer));
  context.putImageData(image, 0, 0);
}

/** The film of one design. */
class MapPanel {
  constructor(map, place) {
    this.map = map;
    this.figure = element('figure', 'map');
    this.list = element('select');
    this.list.setAttribute('aria-label', place === 0 ? 'design on the left' : 'design on the right');
    this.list.append(...map.names.map((name) => element('option', '', name)));
    this.list.addEventListener('change', async () => {
      await this.load();
      map.retime();
      map.go(map.seconds);
    });
    this.canvas = element('canvas');
    this.bar = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    this.bar.setAttribute('viewBox', '0 0 100 8');
    this.bar.setAttribute('preserveAspectRatio', 'none');
    this.bar.setAttribute('class', 'bar');
    this.rects = map.data.parts.map((part) => {
      const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
      rect.setAttribute('class', `p-${part.key}`);
      rect.setAttribute('height', 8);
      this.bar.append(rect);
      return rect;
    });
    this.caption = element('p', 'note');
    this.scale = element('p', 'note');
    const head = element('figcaption');
    this.running = element('span');
    head.append(this.list, this.running);
    this.figure.append(head, this.canvas, this.bar, this.caption, this.scale);
    this.canvas.addEventListener('pointermove', (event) => this.point(event));
    this.canvas.addEventListener('pointerleave', () => {
      tip.show(null);
      map.embolden(undefined);
    });
  }

  choose(name) {
    this.list.value = name;
  }

  async load() {
    this.film = await this.map.film(this.list.value);
    this.frame = -1;
    const { pages, pageTokens, pagesPerCell, interval, length } = this.film;
    const page = pageTokens === 1 ? 'a slot' : `${pageTokens} slots`;
    this.scale.textContent = `${pages.toLocaleString('en-US')} pages of ${page}, from the first at the top left; `
      + (pagesPerCell === 1 ? 'a square is a page' : `a square is ${pagesPerCell} pages and shows whoever has most of it`)
      + `; ${length} moments, ${number(interval)} s apart.`;
  }

  draw(anew) {
    const width = this.figure.clientWidth;
    if (!this.film || width < 50) {
      return;
    }
    const film = this.film;
    const over = this.map.seconds >= film.end;
    const frame = film.at(this.map.seconds);
    if (!anew && frame === this.frame && over === this.over) {
      return;
    }
    [this.frame, this.over] = [frame, over];
    const dots = width * devicePixelRatio;
    const across = Math.sqrt((film.cells * dots) / (0.6 * dots));
    this.size = Math.max(1, Math.floor(dots / across));
    this.columns = Math.floor(dots / this.size);
    const rows = Math.ceil(film.cells / this.columns);
    const inks = new Inks(this.map.data.parts);
    paint(this.canvas, this.columns * this.size, rows * this.size, (pixels) =>
      drawFilm(pixels, film, frame, this.columns, this.size, inks, this.map.bold));
    this.canvas.style.width = `${(this.columns * this.size) / devicePixelRatio}px`;
    this.words();
  }

  words() {
    const { parts, requests, waiting } = this.film.frames[this.frame];
    const all = parts.reduce((sum, slots) => sum + slots, 0);
    let left = 0;
    parts.forEach((slots, i) => {
      const share = (100 * slots) / all;
      this.rects[i].setAttribute('x', left);
      this.rects[i].setAttribute('width', share);
      left += share;
    });
    this.running.textContent = this.over ? 'the run is over' : `${requests.length} running, ${waiting} waiting`;
    this.caption.textContent = parts
      .map((slots, i) => [slots, this.map.data.parts[i].label.replace(/ \(.*/, '')])
      .filter(([slots]) => slots >= all / 2000)
      .map(([slots, label]) => `${label} ${((100 * slots) / all).toFixed(1)}%`)
      .join(' · ');
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const at = (place, start) => Math.floor(((place - start) * devicePixelRatio) / this.size);
    const column = at(event.clientX, box.left);
    const cell = at(event.clientY, box.top) * this.columns + column;
    if (column >= this.columns || cell < 0 || cell >= this.film.cells || this.size === undefined) {
      tip.show(null);
      return;
    }
    const owner = this.film.owner[this.frame * this.film.cells + cell];
    this.map.embolden(owner >= 0 ? owner : undefined);
    tip.show(this.told(cell, owner), event.clientX, event.clientY);
  }

  told(cell, owner) {
    const film = this.film;
    const from = cell * film.pagesPerCell;
    const to = Math.min(film.pages, from + film.pagesPerCell) - 1;
    const pages = from === to ? `page ${from}` : `pages ${from} to ${to}`;
    const look = film.look[this.frame * film.cells + cell];
    const request = film.frames[this.frame].byId.get(owner);
    if (!request) {
      const parts = film.frames[this.frame].parts;
      const words = owner === Film.SHARED ? 'shared by several requests'
        : owner === Film.FINISHED ? 'still held for a request that has finished'
          : owner === Film.WITHHELD ? 'withheld: nobody can get it'
            : Math.floor(look / 9) === REST.CACHED ? 'held by nobody, kept for the prefix in it'
              : parts[PART.EXTERNAL] > 0 ? 'free, and yet the next request was refused'
                : parts[PART.SHORT] > 0 ? 'free, and too little for who waits' : 'free';
      return { title: pages, rows: [['', words]] };
    }
    const { id, prompt, live, need, asked, given } = request;
    const reserved = Math.max(0, Math.min(asked, need) - live);
    const row = (name, slots) => ['', name, `${slots.toLocaleString('en-US')} slots`];
    return {
      title: `${pages}: request #${id}`,
      rows: [
        row('its prompt', prompt),
        row('holds', given),
        row('live, filled by now', Math.min(live, given)),
        row('reserved, filled later', reserved),
        row('internal, never filled', Math.max(0, asked - Math.max(live, need))),
        row('rounding', given - asked),
      ],
    };
  }
}
