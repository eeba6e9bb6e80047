// @ts-check
import { PNG } from 'pngjs';
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphPixels } from './bitmap-font.mjs';

/** Red, green, blue, each 0..255. @typedef {readonly [number, number, number]} Colour */

export const WHITE = /** @type {Colour} */ ([255, 255, 255]);
export const INK = /** @type {Colour} */ ([33, 37, 41]);
export const GREY = /** @type {Colour} */ ([206, 212, 218]);
export const BLUE = /** @type {Colour} */ ([28, 110, 196]);
export const ORANGE = /** @type {Colour} */ ([230, 119, 0]);
export const RED = /** @type {Colour} */ ([201, 42, 42]);

/** A white picture to draw on; whatever falls outside is cut off. */
export class Canvas {
  /**
   * @param {number} width in pixels
   * @param {number} height in pixels
   */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.png = new PNG({ width, height });
    this.png.data.fill(255);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {Colour} colour
   */
  pixel(x, y, colour) {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    this.png.data.set(colour, (y * this.width + x) * 4);
  }

  /**
   * @param {number} left
   * @param {number} top
   * @param {number} width
   * @param {number} height
   * @param {Colour} colour
   */
  fill(left, top, width, height, colour) {
    for (let y = top; y < top + height; y += 1) for (let x = left; x < left + width; x += 1) this.pixel(x, y, colour);
  }

  /**
   * A straight line, `thickness` pixels wide.
   * @param {{ x: number, y: number }} from
   * @param {{ x: number, y: number }} to
   * @param {Colour} colour
   * @param {number} [thickness]
   */
  line(from, to, colour, thickness = 1) {
    const steps = Math.max(1, Math.ceil(Math.abs(to.x - from.x)), Math.ceil(Math.abs(to.y - from.y)));
    for (let step = 0; step <= steps; step += 1) {
      const x = Math.round(from.x + ((to.x - from.x) * step) / steps);
      const y = Math.round(from.y + ((to.y - from.y) * step) / steps);
      this.fill(x, y, thickness, thickness, colour);
    }
  }

  /**
   * @param {string} text
   * @param {number} left
   * @param {number} top
   * @param {Colour} colour
   * @param {number} [scale] size of one dot of the font in pixels
   */
  text(text, left, top, colour, scale = 1) {
    Array.from(text).forEach((character, index) => {
      const start = left + index * (GLYPH_WIDTH + 1) * scale;
      for (const { column, row } of glyphPixels(character)) {
        this.fill(start + column * scale, top + row * scale, scale, scale, colour);
      }
    });
  }

  /** The picture as a PNG file. @returns {Buffer} */
  encode() {
    return PNG.sync.write(this.png);
  }
}

/**
 * @param {string} text
 * @param {number} [scale]
 * @returns {{ width: number, height: number }} in pixels
 */
export function textSize(text, scale = 1) {
  return { width: (Array.from(text).length * (GLYPH_WIDTH + 1) - 1) * scale, height: GLYPH_HEIGHT * scale };
}
