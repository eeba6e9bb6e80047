// @ts-check
import { BLUE, Canvas, GREY, INK, ORANGE, textSize } from './canvas.mjs';

const WIDTH = 760;
const HEIGHT = 440;
const PLOT = { left: 76, top: 56, right: WIDTH - 28, bottom: HEIGHT - 60 };
const TICKS = 5;

/** @typedef {{ step: number, loss: number }} LossPoint */

/**
 * The loss over the steps, as a picture with axes: training (mean of the steps since the point before) and validation.
 * @param {{ training: LossPoint[], validation: LossPoint[] }} curves
 * @param {string} title
 * @returns {Buffer} a PNG file
 */
export function drawLossCurve({ training, validation }, title) {
  const points = [...training, ...validation];
  const scale = {
    steps: niceCeiling(Math.max(1, ...points.map(({ step }) => step))),
    loss: niceCeiling(Math.max(1e-3, ...points.map(({ loss }) => loss))),
  };
  const canvas = new Canvas(WIDTH, HEIGHT);
  canvas.text(title, PLOT.left, 20, INK, 2);
  drawAxes(canvas, scale);
  drawCurve(canvas, training, scale, BLUE);
  drawCurve(canvas, validation, scale, ORANGE);
  drawLegend(canvas, 'training', PLOT.right - 130, PLOT.top + 14, BLUE);
  drawLegend(canvas, 'validation', PLOT.right - 130, PLOT.top + 36, ORANGE);
  return canvas.encode();
}

/**
 * A round number not below `value`, close to it, a fifth of which can still be written in few digits.
 * @param {number} value
 */
function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5].find((factor) => factor * power >= value) ?? 10) * power;
}

/**
 * @param {Canvas} canvas
 * @param {{ steps: number, loss: number }} scale
 */
function drawAxes(canvas, scale) {
  for (let tick = 0; tick <= TICKS; tick += 1) {
    const { x, y } = place({ step: (scale.steps * tick) / TICKS, loss: (scale.loss * tick) / TICKS }, scale);
    canvas.line({ x: PLOT.left, y }, { x: PLOT.right, y }, GREY);
    canvas.line({ x, y: PLOT.bottom }, { x, y: PLOT.bottom + 6 }, INK);
    const loss = String(Number(((scale.loss * tick) / TICKS).toPrecision(3)));
    canvas.text(loss, PLOT.left - 12 - textSize(loss, 2).width, y - 7, INK, 2);
    const step = String(Math.round((scale.steps * tick) / TICKS));
    canvas.text(step, x - Math.round(textSize(step, 2).width / 2), PLOT.bottom + 12, INK, 2);
  }
  canvas.line({ x: PLOT.left, y: PLOT.top }, { x: PLOT.left, y: PLOT.bottom }, INK, 2);
  canvas.line({ x: PLOT.left, y: PLOT.bottom }, { x: PLOT.right, y: PLOT.bottom }, INK, 2);
  canvas.text('step', PLOT.right - textSize('step', 2).width, PLOT.bottom + 36, INK, 2);
  canvas.text('loss', 12, PLOT.top - 32, INK, 2);
}

/**
 * @param {Canvas} canvas
 * @param {LossPoint[]} points
 * @param {{ steps: number, loss: number }} scale
 * @param {import('./canvas.mjs').Colour} colour
 */
function drawCurve(canvas, points, scale, colour) {
  points.forEach((point, index) => {
    const previous = points[index - 1] ?? point;
    canvas.line(place(previous, scale), place(point, scale), colour, 2);
  });
}

/**
 * @param {Canvas} canvas
 * @param {string} label
 * @param {number} left
 * @param {number} top
 * @param {import('./canvas.mjs').Colour} colour
 */
function drawLegend(canvas, label, left, top, colour) {
  canvas.fill(left - 28, top + 5, 20, 4, colour);
  canvas.text(label, left, top, INK, 2);
}

/**
 * @param {LossPoint} point
 * @param {{ steps: number, loss: number }} scale the values at the right and upper ends
 * @returns {{ x: number, y: number }} in pixels
 */
function place({ step, loss }, scale) {
  return {
    x: Math.round(PLOT.left + (PLOT.right - PLOT.left) * (step / scale.steps)),
    y: Math.round(PLOT.bottom - (PLOT.bottom - PLOT.top) * (loss / scale.loss)),
  };
}
