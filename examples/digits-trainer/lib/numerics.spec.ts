import { beforeAll, describe, expect, it } from 'vitest';
import { collectDigits, loadDigits, PIXELS } from './digits.mjs';
import type { Digits } from './digits.mjs';
import { encodeTrainingState, encodeWeights, restoreTrainingState } from './checkpoint.mjs';
import { evaluate, Network } from './network.mjs';
import { seededRandom, shuffledIndices } from './random.mjs';
import { decodeSafetensors } from './safetensors.mjs';
import { Training } from './training.mjs';

const settings = { batch_size: 16, learning_rate: 0.002, hidden_units: 24, seed: 7 };

let digits: { training: Digits; validation: Digits };
beforeAll(async () => {
  digits = await loadDigits();
});

describe('the digits', () => {
  it('are ten thousand pictures, each in one of the two sets, with every label in both', () => {
    expect(digits.training.count + digits.validation.count).toBe(10_000);
    expect(new Set(digits.training.labels).size).toBe(10);
    expect(new Set(digits.validation.labels).size).toBe(10);
  });

  it('list exactly the inked pixels of each picture', () => {
    const bytes = new Uint8Array(PIXELS);
    bytes.set([51, 0, 255], 100);
    const { starts, positions, values } = collectDigits([
      { label: 1, bytes: new Uint8Array(PIXELS) },
      { label: 2, bytes },
    ]);
    expect([...starts]).toEqual([0, 0, 2]);
    expect([...positions]).toEqual([100, 102]);
    expect([...values]).toEqual([Math.fround(0.2), 1]);
  });
});

describe('the network', () => {
  it('computes the gradient that finite differences give', () => {
    const network = new Network({ inputs: PIXELS, hidden: 12, outputs: 10 }, seededRandom(3), Float64Array);
    const images = [0, 1500, 8000];
    const loss = () => images.reduce((sum, image) => sum + network.forward(digits.training, image).loss, 0);
    for (const image of images) {
      network.forward(digits.training, image);
      network.backward(digits.training, image);
    }
    const slopes = network.gradient.slice();
    const strongest = [...slopes.keys()].sort(
      (left, right) => Math.abs(slopes[right] ?? 0) - Math.abs(slopes[left] ?? 0),
    );
    const picked = [...strongest.slice(0, 60), ...shuffledIndices(slopes.length, seededRandom(5)).subarray(0, 60)];
    const width = 1e-5;
    for (const index of picked) {
      const kept = network.parameters[index] ?? 0;
      network.parameters[index] = kept + width;
      const above = loss();
      network.parameters[index] = kept - width;
      const below = loss();
      network.parameters[index] = kept;
      expect(slopes[index]).toBeCloseTo((above - below) / (2 * width), 6);
    }
    expect(Math.abs(slopes[strongest[0] ?? 0] ?? 0)).toBeGreaterThan(0.1);
  });

  it('learns: a short training reads most of the digits it has never seen', () => {
    const training = new Training(digits.training, settings);
    const before = evaluate(training.network, digits.validation).accuracy;
    while (training.steps < 400) training.step();
    const after = evaluate(training.network, digits.validation).accuracy;
    expect(before).toBeLessThan(0.3);
    expect(after).toBeGreaterThan(0.85);
  });
});

describe('a checkpoint', () => {
  it('lets an interrupted run end with the very weights of an uninterrupted one', () => {
    const straight = new Training(digits.validation, settings);
    while (straight.steps < 90) straight.step();

    const interrupted = new Training(digits.validation, settings);
    while (interrupted.steps < 50) interrupted.step();
    const file = encodeTrainingState(interrupted.network, interrupted.adam, [digits.validation]);
    const resumed = new Training(digits.validation, settings);
    restoreTrainingState(file, resumed.network, resumed.adam);
    while (resumed.steps < 90) resumed.step();

    expect(resumed.network.parameters).toEqual(straight.network.parameters);
    expect(interrupted.network.parameters).not.toEqual(straight.network.parameters);
  });

  it('of another size of network is refused', () => {
    const small = new Training(digits.validation, { ...settings, hidden_units: 8 });
    const large = new Training(digits.validation, settings);
    const file = encodeTrainingState(small.network, small.adam, []);
    expect(() => {
      restoreTrainingState(file, large.network, large.adam);
    }).toThrow('24 hidden units');
  });

  it('holds the weights as PyTorch lays out linear layers', () => {
    const { network } = new Training(digits.validation, settings);
    const { tensors, metadata } = decodeSafetensors(encodeWeights(network, { step: '0' }));
    expect(metadata).toEqual({ format: 'pt', step: '0' });
    expect(tensors['fc1.weight']?.shape).toEqual([24, PIXELS]);
    // Row 3 of fc1.weight: what every pixel contributes to hidden unit 3.
    const row = tensors['fc1.weight']?.data.subarray(3 * PIXELS, 4 * PIXELS) ?? [];
    expect([...row]).toEqual(Array.from({ length: PIXELS }, (_, pixel) => network.weights.fc1[pixel * 24 + 3]));
    expect(tensors['fc2.weight']?.shape).toEqual([10, 24]);
  });
});
