// @ts-check
import { Adam } from './adam.mjs';
import { digitsShape } from './checkpoint.mjs';
import { Network } from './network.mjs';
import { seededRandom, shuffledIndices } from './random.mjs';

/** The state of a training run; the same data and settings give the same weights, whether interrupted or not. */
export class Training {
  /** Which epoch `#order` is for. */
  #epoch = -1;
  #order = new Uint32Array(0);

  /**
   * @param {import('./digits.mjs').Digits} digits
   * @param {{ batch_size: number, learning_rate: number, hidden_units: number, seed: number }} settings
   */
  constructor(digits, settings) {
    this.digits = digits;
    this.batchSize = Math.min(settings.batch_size, digits.count);
    this.seed = settings.seed;
    this.network = new Network(digitsShape(settings.hidden_units), seededRandom(settings.seed));
    this.adam = new Adam(this.network.parameters, settings.learning_rate);
    /** An incomplete last batch is left out; the next epoch shuffles anew. */
    this.stepsPerEpoch = Math.floor(digits.count / this.batchSize);
  }

  /** Steps made so far. */
  get steps() {
    return this.adam.updates;
  }

  /** The epoch that the last step belonged to, from 1. */
  get epoch() {
    return Math.ceil(this.steps / this.stepsPerEpoch);
  }

  /** Learns from the next batch. @returns {number} the batch's mean loss before the update */
  step() {
    const first = (this.steps % this.stepsPerEpoch) * this.batchSize;
    const batch = this.#shuffled(Math.floor(this.steps / this.stepsPerEpoch)).subarray(first, first + this.batchSize);
    let loss = 0;
    for (const image of batch) {
      loss += this.network.forward(this.digits, image).loss;
      this.network.backward(this.digits, image);
    }
    this.adam.update(this.network.gradient, batch.length);
    return loss / batch.length;
  }

  /**
   * The order of the images in an epoch follows from the seed and the epoch alone, so a resumed run needs no memory.
   * @param {number} epoch from 0
   */
  #shuffled(epoch) {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#order = shuffledIndices(this.digits.count, seededRandom(this.seed + 1 + epoch));
    }
    return this.#order;
  }
}
