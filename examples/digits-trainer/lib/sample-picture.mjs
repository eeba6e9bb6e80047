// @ts-check
import { Canvas, GREY, INK, RED, textSize } from './canvas.mjs';
import { PIXELS, SIDE } from './digits.mjs';

const COLUMNS = 10;
const ROWS = 6;
const SCALE = 2;
const TILE = SIDE * SCALE;
const BORDER = 3;
const CELL_WIDTH = TILE + 26;
const CELL_HEIGHT = TILE + 32;
const MARGIN = 16;
const HEADER = 32;

/**
 * A page of digits, each with what the network takes it for. A right answer has a thin grey frame; a wrong one a red
 * frame and the truth beside it ("7 IS 2": taken for 7, is 2).
 * @param {import('./network.mjs').Network} network
 * @param {import('./digits.mjs').Digits} digits the page takes sixty of them, evenly spread
 * @param {string} title
 * @returns {Buffer} a PNG file
 */
export function drawSamples(network, digits, title) {
  const canvas = new Canvas(COLUMNS * CELL_WIDTH + 2 * MARGIN, ROWS * CELL_HEIGHT + HEADER + MARGIN);
  canvas.text(title, MARGIN, 12, INK, 2);
  const shown = Math.min(COLUMNS * ROWS, digits.count);
  for (let cell = 0; cell < shown; cell += 1) {
    const image = Math.floor((cell * digits.count) / shown);
    const { predicted } = network.forward(digits, image);
    const label = digits.labels[image] ?? 0;
    const left = MARGIN + (cell % COLUMNS) * CELL_WIDTH + (CELL_WIDTH - TILE) / 2;
    const top = HEADER + Math.floor(cell / COLUMNS) * CELL_HEIGHT + BORDER;
    drawDigit(canvas, digits.bytes.subarray(image * PIXELS, (image + 1) * PIXELS), left, top, predicted !== label);
    const caption = predicted === label ? String(label) : `${String(predicted)} is ${String(label)}`;
    const captionLeft = left + Math.round((TILE - textSize(caption, 2).width) / 2);
    canvas.text(caption, captionLeft, top + TILE + BORDER + 4, predicted === label ? INK : RED, 2);
  }
  return canvas.encode();
}

/**
 * @param {Canvas} canvas
 * @param {Uint8Array} bytes one image
 * @param {number} left
 * @param {number} top
 * @param {boolean} wrong
 */
function drawDigit(canvas, bytes, left, top, wrong) {
  const border = wrong ? BORDER : 1;
  canvas.fill(left - border, top - border, TILE + 2 * border, TILE + 2 * border, wrong ? RED : GREY);
  bytes.forEach((byte, index) => {
    const shade = 255 - byte;
    const x = left + (index % SIDE) * SCALE;
    canvas.fill(x, top + Math.floor(index / SIDE) * SCALE, SCALE, SCALE, [shade, shade, shade]);
  });
}
