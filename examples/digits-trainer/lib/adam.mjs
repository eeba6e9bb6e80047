// @ts-check
import { adamUpdate } from './vector.mjs';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** The Adam optimizer and its state: two running moments per parameter and the number of updates made. */
export class Adam {
  /**
   * @param {import('./vector.mjs').Floats} parameters changed in place by `update`
   * @param {number} learningRate
   */
  constructor(parameters, learningRate) {
    this.parameters = parameters;
    this.learningRate = learningRate;
    this.firstMoment = new Float32Array(parameters.length);
    this.secondMoment = new Float32Array(parameters.length);
    this.updates = 0;
  }

  /**
   * One step downhill; leaves `gradient` at zero.
   * @param {import('./vector.mjs').Floats} gradient sum over the batch
   * @param {number} batchSize
   */
  update(gradient, batchSize) {
    this.updates += 1;
    const correction = Math.sqrt(1 - BETA2 ** this.updates) / (1 - BETA1 ** this.updates);
    adamUpdate(this.parameters, gradient, this.firstMoment, this.secondMoment, {
      rate: this.learningRate * correction,
      scale: 1 / batchSize,
      beta1: BETA1,
      beta2: BETA2,
      epsilon: EPSILON,
    });
  }
}
