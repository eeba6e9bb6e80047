// @ts-check
import { normal } from './random.mjs';
import { addScaled, dot, maskWhereZero, rectify, softmax } from './vector.mjs';

/** @typedef {import('./vector.mjs').Floats} Floats */
/** @typedef {import('./digits.mjs').Digits} Digits */

/**
 * A perceptron with one hidden layer: inputs → hidden (ReLU) → outputs (softmax), trained on cross-entropy.
 * All parameters lie in one flat array, so the optimizer and the checkpoint need not know the layers.
 */
export class Network {
  /**
   * @param {{ inputs: number, hidden: number, outputs: number }} shape
   * @param {import('./random.mjs').Random} random
   * @param {Float32ArrayConstructor | Float64ArrayConstructor} [Numbers] precision; 64 bits only pay off for checks
   */
  constructor({ inputs, hidden, outputs }, random, Numbers = Float32Array) {
    this.shape = { inputs, hidden, outputs };
    const lengths = [inputs * hidden, hidden, hidden * outputs, outputs];
    const total = lengths.reduce((sum, length) => sum + length, 0);
    /** @type {Floats} */
    this.parameters = new Numbers(total);
    /** @type {Floats} sum over the images since the optimizer last emptied it */
    this.gradient = new Numbers(total);
    this.weights = layersOf(this.parameters, lengths);
    this.slopes = layersOf(this.gradient, lengths);
    /** @type {Floats} */
    this.activation = new Numbers(hidden);
    /** @type {Floats} */
    this.probabilities = new Numbers(outputs);
    /** @type {Floats} */
    this.hiddenSlope = new Numbers(hidden);
    // He initialisation (arXiv:1502.01852): keeps the variance of the signal through ReLU layers.
    fillNormal(this.weights.fc1, Math.sqrt(2 / inputs), random);
    fillNormal(this.weights.fc2, Math.sqrt(2 / hidden), random);
  }

  /**
   * Runs one image; afterwards `activation` and `probabilities` hold its hidden layer and its answer.
   * @param {Digits} digits
   * @param {number} image
   * @returns {{ loss: number, predicted: number }} cross-entropy in nats and the most likely digit
   */
  forward(digits, image) {
    const { hidden, outputs } = this.shape;
    const { fc1, bias1, fc2, bias2 } = this.weights;
    this.activation.set(bias1);
    forEachInkedPixel(digits, image, (position, value) => {
      addScaled(this.activation, 0, value, fc1, position * hidden, hidden);
    });
    rectify(this.activation);
    this.probabilities.set(bias2);
    for (let output = 0; output < outputs; output += 1) {
      const logit = at(bias2, output) + dot(this.activation, 0, fc2, output * hidden, hidden);
      this.probabilities[output] = logit;
    }
    softmax(this.probabilities);
    const likelihood = at(this.probabilities, at(digits.labels, image));
    const predicted = this.probabilities.indexOf(Math.max(...this.probabilities));
    return { loss: -Math.log(Math.max(likelihood, 1e-12)), predicted };
  }

  /**
   * Adds the gradient of the loss of the image that `forward` ran last.
   * @param {Digits} digits
   * @param {number} image
   */
  backward(digits, image) {
    const { hidden, outputs } = this.shape;
    const { fc1, bias1, fc2, bias2 } = this.slopes;
    this.hiddenSlope.fill(0);
    for (let output = 0; output < outputs; output += 1) {
      // Softmax and cross-entropy together: the slope at the logit is probability minus truth.
      const slope = at(this.probabilities, output) - (at(digits.labels, image) === output ? 1 : 0);
      bias2[output] = at(bias2, output) + slope;
      addScaled(fc2, output * hidden, slope, this.activation, 0, hidden);
      addScaled(this.hiddenSlope, 0, slope, this.weights.fc2, output * hidden, hidden);
    }
    maskWhereZero(this.hiddenSlope, this.activation);
    addScaled(bias1, 0, 1, this.hiddenSlope, 0, hidden);
    forEachInkedPixel(digits, image, (position, value) => {
      addScaled(fc1, position * hidden, value, this.hiddenSlope, 0, hidden);
    });
  }
}

/**
 * Mean loss and share of right answers over all of `digits`.
 * @param {Network} network
 * @param {Digits} digits
 */
export function evaluate(network, digits) {
  let loss = 0;
  let right = 0;
  for (let image = 0; image < digits.count; image += 1) {
    const answer = network.forward(digits, image);
    loss += answer.loss;
    if (answer.predicted === digits.labels[image]) right += 1;
  }
  return { loss: loss / digits.count, accuracy: right / digits.count };
}

/**
 * @param {Floats} all
 * @param {number[]} lengths
 * @returns {{ fc1: Floats, bias1: Floats, fc2: Floats, bias2: Floats }} views, fc1 as [inputs][hidden] (an image adds
 *   the rows of its inked pixels), fc2 as [outputs][hidden]
 */
function layersOf(all, [fc1 = 0, bias1 = 0, fc2 = 0, bias2 = 0]) {
  return {
    fc1: all.subarray(0, fc1),
    bias1: all.subarray(fc1, fc1 + bias1),
    fc2: all.subarray(fc1 + bias1, fc1 + bias1 + fc2),
    bias2: all.subarray(fc1 + bias1 + fc2, fc1 + bias1 + fc2 + bias2),
  };
}

/**
 * @param {Floats} target
 * @param {number} deviation
 * @param {import('./random.mjs').Random} random
 */
function fillNormal(target, deviation, random) {
  for (let index = 0; index < target.length; index += 1) target[index] = deviation * normal(random);
}

/**
 * @param {Digits} digits
 * @param {number} image
 * @param {(position: number, value: number) => void} visit
 */
function forEachInkedPixel({ starts, positions, values }, image, visit) {
  const end = at(starts, image + 1);
  for (let entry = at(starts, image); entry < end; entry += 1) visit(at(positions, entry), at(values, entry));
}

/**
 * @param {ArrayLike<number>} numbers
 * @param {number} index
 * @returns {number}
 */
function at(numbers, index) {
  return /** @type {number} */ (numbers[index]);
}
