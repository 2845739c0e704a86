/** Bytes of the base64 of a gzip. */
async function unpack(text) {
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

/** Reads variable-length integers up to 2^53, 7 bits a byte, low bits first. */
class Integers {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  next() {
    let byte = this.bytes[this.at++];
    let value = byte & 127;
    for (let scale = 128; byte > 127; scale *= 128) {
      byte = this.bytes[this.at++];
      value += (byte & 127) * scale;
    }
    return value;
  }

  /** One that may be negative, which is stored as 0, -1, 1, -2, 2 .. */
  signed() {
    const value = this.next();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

/** Columns of numbers, NaN where there is none; how they are packed is said in Packed.java. */
async function columns(text) {
  const integers = new Integers(await unpack(text));
  const count = integers.next();
  const rows = integers.next();
  const result = [];
  for (let c = 0; c < count; c++) {
    const scale = 10 ** integers.next();
    const values = new Float64Array(rows);
    let multiple = 0;
    for (let row = 0; row < rows; row++) {
      const code = integers.next();
      if (code === 0) {
        values[row] = NaN;
        continue;
      }
      const delta = code - 1;
      multiple += delta % 2 === 0 ? delta / 2 : -(delta + 1) / 2;
      values[row] = multiple / scale;
    }
    result.push(values);
  }
  return result;
}
