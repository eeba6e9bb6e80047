import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { Canvas, BLUE, INK, ORANGE, RED } from './canvas.mjs';
import type { Colour } from './canvas.mjs';
import { collectDigits, PIXELS } from './digits.mjs';
import { drawLossCurve } from './loss-curve.mjs';
import { Network } from './network.mjs';
import { seededRandom } from './random.mjs';
import { drawSamples } from './sample-picture.mjs';

/** Places of all pixels of one colour. */
function pixelsOf(png: PNG, colour: Colour): { x: number; y: number }[] {
  const found = [];
  for (let index = 0; index < png.width * png.height; index += 1) {
    const [red, green, blue] = png.data.subarray(index * 4, index * 4 + 3);
    if (red === colour[0] && green === colour[1] && blue === colour[2]) {
      found.push({ x: index % png.width, y: Math.floor(index / png.width) });
    }
  }
  return found;
}

describe('the canvas', () => {
  it('writes figures that can be read', () => {
    const canvas = new Canvas(14, 9);
    canvas.text('17', 1, 1, INK);
    const png = PNG.sync.read(canvas.encode());
    const rows = Array.from({ length: 9 }, () => Array<string>(14).fill('.'));
    for (const { x, y } of pixelsOf(png, INK)) rows[y]?.splice(x, 1, '#');
    expect(rows.map((row) => row.join(''))).toEqual([
      '..............',
      '...#...#####..',
      '..##.......#..',
      '...#......#...',
      '...#.....#....',
      '...#....#.....',
      '...#....#.....',
      '..###...#.....',
      '..............',
    ]);
  });

  it('cuts off what falls outside', () => {
    const canvas = new Canvas(4, 4);
    canvas.fill(-3, 2, 100, 100, INK);
    expect(pixelsOf(PNG.sync.read(canvas.encode()), INK)).toHaveLength(8);
  });
});

describe('the page of samples', () => {
  it('frames exactly the wrong answers in red', () => {
    // A network that says 4 to everything, and sixty pictures of which twelve are a 4.
    const network = new Network({ inputs: PIXELS, hidden: 2, outputs: 10 }, seededRandom(1));
    network.parameters.fill(0);
    network.weights.bias2[4] = 1;
    const images = Array.from({ length: 60 }, (_, index) => ({ label: index % 5, bytes: new Uint8Array(PIXELS) }));
    const png = PNG.sync.read(drawSamples(network, collectDigits(images), 'step 1'));
    const corners = pixelsOf(png, RED).filter(({ x, y }) => isCorner(png, x, y));
    expect(corners).toHaveLength(48);
  });
});

/** Upper left corner of a large red square. */
function isCorner(png: PNG, x: number, y: number): boolean {
  const isRed = (column: number, row: number) => png.data[(row * png.width + column) * 4 + 1] === RED[1];
  const run = Array.from({ length: 60 }, (_, index) => index);
  return !isRed(x - 1, y) && !isRed(x, y - 1) && run.every((step) => isRed(x + step, y) && isRed(x, y + step));
}

describe('the loss curve', () => {
  it('falls from the upper left to the lower right, one line for training and one for validation', () => {
    const training = Array.from({ length: 10 }, (_, index) => ({ step: (index + 1) * 100, loss: 2 / (index + 1) }));
    const validation = training.map(({ step, loss }) => ({ step, loss: loss + 0.1 }));
    const png = PNG.sync.read(drawLossCurve({ training, validation }, 'test'));
    for (const colour of [BLUE, ORANGE]) {
      const line = pixelsOf(png, colour).filter(({ y }) => y > 110);
      const left = line.reduce((first, point) => (point.x < first.x ? point : first));
      const right = line.reduce((last, point) => (point.x > last.x ? point : last));
      expect(right.x - left.x).toBeGreaterThan(400);
      expect(right.y - left.y).toBeGreaterThan(100);
    }
  });

  it('can be drawn before anything is measured', () => {
    const png = PNG.sync.read(drawLossCurve({ training: [], validation: [] }, 'nothing yet'));
    expect(pixelsOf(png, INK).length).toBeGreaterThan(500);
  });
});
