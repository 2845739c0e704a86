const FULL = 8; // eighths of a page with tokens in all slots

/** Who held which page of a pool, moment by moment; how it is written down is said in PoolFilm.java. */
class Film {
  constructor(bytes) {
    const from = new Integers(bytes);
    this.version = from.next();
    this.pages = from.next();
    this.pageTokens = from.next();
    this.pagesPerCell = from.next();
    this.start = from.next() / 1e9;
    this.interval = from.next() / 1e9;
    this.length = from.next();
    this.free = this.version > 2 ? from.next() : 0; // what a page that nobody holds most often looks like
    this.cells = Math.ceil(this.pages / this.pagesPerCell);
    this.owner = new Int32Array(this.length * this.cells); // id of a request, or one of those below
    this.look = new Uint8Array(this.length * this.cells); // eighths live + 9 x the rest
    this.frames = [];
    for (let i = 0; i < this.length; i++) {
      this.frames.push(this.read(from, i * this.cells));
    }
    if (from.at !== bytes.length) {
      throw new Error(`a film of ${bytes.length} bytes ends after ${from.at}`);
    }
  }

  read(from, at) {
    const parts = Array.from({ length: 9 }, () => from.next());
    const waiting = from.next();
    const requests = [];
    let id = 0;
    for (let n = from.next(); n > 0; n--) {
      id += from.signed();
      const [prompt, live, need, asked, given] = Array.from({ length: 5 }, () => from.next());
      requests.push({ id, prompt, live, need, asked, given });
    }
    this.readCells(from, at, (cell, code) => {
      if (code === 0) {
        this.owner[cell] = at > 0 ? this.owner[cell - this.cells] : Film.NOBODY;
        this.look[cell] = at > 0 ? this.look[cell - this.cells] : this.free;
        return;
      }
      if (code === 1) {
        this.owner[cell] = this.owner[cell - 1];
      } else {
        this.owner[cell] = code >= 6 ? requests[code - 6].id : 1 - code;
      }
      const before = at > 0 ? this.look[cell - this.cells] : this.free;
      this.look[cell] = this.version < 3 ? before : this.owner[cell] === Film.NOBODY ? this.free : FULL;
    });
    this.readCells(from, at, (cell, code) => {
      this.look[cell] = code === 0 ? this.look[cell] : code - 1;
    });
    return { parts, waiting, requests, byId: new Map(requests.map((request) => [request.id, request])) };
  }

  /** Gives each cell its code; the first version of films spelled every 0 out. */
  readCells(from, at, take) {
    for (let cell = at; cell < at + this.cells; cell++) {
      const code = from.next();
      take(cell, code);
      for (let more = code === 0 && this.version > 1 ? from.next() : 0; more > 0; more--) {
        take(++cell, 0);
      }
    }
  }

  get end() {
    return this.start + this.length * this.interval;
  }

  /** The frame of a moment, the first or the last where it is not in the film. */
  at(seconds) {
    return Math.max(0, Math.min(this.length - 1, Math.floor((seconds - this.start) / this.interval)));
  }
}

Object.assign(Film, { NOBODY: -1, SHARED: -2, FINISHED: -3, WITHHELD: -4 });
const REST = { NONE: 0, RESERVED: 1, INTERNAL: 2, ROUNDING: 3, CACHED: 4, FREE: 5, WITHHELD: 6 };
const PART = { EXTERNAL: 5, SHORT: 6, IDLE: 7 }; // places in the parts of a frame

/** sRGB of a colour in Oklab's cylinder, as canvas pixels have it (Ottosson, 2020). */
function oklch(lightness, chroma, hue) {
  const a = chroma * Math.cos(2 * Math.PI * hue);
  const b = chroma * Math.sin(2 * Math.PI * hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return pixel([
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((linear) => {
    const c = Math.max(0, Math.min(1, linear));
    return Math.round(255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055));
  }));
}

/** Red, green and blue as a little-endian pixel without transparency. */
function pixel([red, green, blue]) {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

/** A colour of the style, #rrggbb or #rgb, as a pixel. */
function hexPixel(hex) {
  const long = hex.length === 4 ? hex.replace(/[0-9a-f]/gi, '$&$&') : hex;
  return pixel([1, 3, 5].map((at) => parseInt(long.slice(at, at + 2), 16)));
}

/** So much of one pixel in another. */
function mixed(one, other, share) {
  return pixel([0, 8, 16].map((shift) =>
    Math.round(((one >>> shift) & 255) * share + ((other >>> shift) & 255) * (1 - share))));
}

/** The colours of a map in the theme at hand: hue by request, lightness and hatching by state. */
class Inks {
  constructor(parts) {
    const ink = (key) => hexPixel(theme.of(parts.find((part) => part.key === key)));
    const dark = theme.dark && !theme.printing;
    this.dark = dark;
    this.ground = hexPixel(theme.css('--ground'));
    this.internal = ink('internal');
    this.rounding = ink('rounding');
    this.cached = mixed(ink('cached'), this.ground, dark ? 0.38 : 0.3);
    this.external = ink('external');
    this.short = ink('short');
    this.idle = ink('idle');
    this.withheld = ink('withheld');
    this.shared = hexPixel(theme.css('--ink'));
    this.grey = dark ? pixel([70, 75, 82]) : pixel([205, 208, 212]);
    this.live = new Map();
    this.pale = new Map();
  }

  /** What tokens of an owner look like: a hue of its own, the same in every design and at every time. */
  of(owner) {
    return this.remembered(this.live, owner, () =>
      oklch((this.dark ? 0.64 : 0.55) + 0.05 * (owner % 3), 0.135, (owner * 0.6180339887) % 1));
  }

  /** The same hue, faint: held, but not filled. */
  faint(owner) {
    return this.remembered(this.pale, owner, () => oklch(this.dark ? 0.34 : 0.9, 0.05, (owner * 0.6180339887) % 1));
  }

  remembered(map, owner, make) {
    if (owner < 0) {
      return owner === Film.SHARED ? this.shared : this.grey;
    }
    let colour = map.get(owner);
    if (colour === undefined) {
      map.set(owner, (colour = make()));
    }
    return colour;
  }
}

/**
 * Draws a moment of a film into pixels, cell by cell in rows, each cell a square of so many pixels. Tokens
 * fill a cell from below; the rest of it is hatched by what it is.
 *
 * @param bold the owner to bring out, or undefined
 */
function drawFilm(pixels, film, frame, columns, size, inks, bold) {
  const width = columns * size;
  const first = frame * film.cells;
  const parts = film.frames[frame].parts;
  const free = parts[PART.EXTERNAL] > 0 ? inks.external : parts[PART.SHORT] > 0 ? inks.short : inks.idle;
  const scale = Math.max(1, Math.round(devicePixelRatio));
  const [period, stroke] = [5 * scale, 2 * scale];
  const edge = size >= 4 * scale ? scale : 0;
  pixels.fill(inks.ground);
  for (let cell = 0; cell < film.cells; cell++) {
    const owner = film.owner[first + cell];
    const look = film.look[first + cell];
    const rest = Math.floor(look / 9);
    const left = (cell % columns) * size;
    const top = Math.floor(cell / columns) * size;
    const dry = Math.round(size * (1 - (look % 9) / 8)); // pixels above the tokens
    const sameLeft = cell % columns > 0 && film.owner[first + cell - 1] === owner;
    const sameAbove = cell >= columns && film.owner[first + cell - columns] === owner;
    const [x0, y0] = [sameLeft || owner === Film.NOBODY ? 0 : edge, sameAbove || owner === Film.NOBODY ? 0 : edge];
    const faded = bold !== undefined && owner !== bold;
    const wet = faded ? inks.faint(owner) : inks.of(owner);
    let [base, hatch, falling] = [inks.faint(owner), 0, false];
    if (rest === REST.INTERNAL) {
      hatch = inks.internal;
    } else if (rest === REST.ROUNDING) {
      [hatch, falling] = [inks.rounding, true];
    } else if (rest === REST.CACHED) {
      base = inks.cached;
    } else if (rest === REST.FREE) {
      [base, hatch, falling] = [inks.idle, free, true];
    } else if (rest === REST.WITHHELD) {
      base = inks.withheld;
    }
    for (let y = y0; y < size; y++) {
      const row = (top + y) * width + left;
      for (let x = x0; x < size; x++) {
        const across = falling ? left + x - top - y + 4096 * period : left + x + top + y;
        pixels[row + x] = y >= dry ? wet : hatch !== 0 && !faded && across % period < stroke ? hatch : base;
      }
    }
  }
}
