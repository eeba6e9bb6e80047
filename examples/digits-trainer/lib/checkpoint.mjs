// @ts-check
import { CLASSES, PIXELS } from './digits.mjs';
import { decodeSafetensors, encodeSafetensors } from './safetensors.mjs';
import { transposed } from './vector.mjs';

/** @typedef {import('./safetensors.mjs').Tensor} Tensor */
/** @typedef {import('./network.mjs').Network} Network */
/** @typedef {import('./adam.mjs').Adam} Adam */

/**
 * The weights alone, named and laid out as two PyTorch `nn.Linear` layers ([out][in]), for whoever wants to use them.
 * @param {Network} network
 * @param {Record<string, string>} metadata
 * @returns {Buffer} a safetensors file
 */
export function encodeWeights(network, metadata) {
  const { inputs, hidden, outputs } = network.shape;
  const { fc1, bias1, fc2, bias2 } = network.weights;
  return encodeSafetensors(
    {
      'fc1.weight': tensor([hidden, inputs], transposed(fc1, inputs, hidden)),
      'fc1.bias': tensor([hidden], bias1),
      'fc2.weight': tensor([outputs, hidden], fc2),
      'fc2.bias': tensor([outputs], bias2),
    },
    { format: 'pt', ...metadata },
  );
}

/**
 * Everything needed to go on training as if nothing had happened: parameters, Adam's moments and the number of updates;
 * and the hidden layer's answer to every digit with the digit's label, which serves nearest-neighbour search without
 * running the model.
 * @param {Network} network
 * @param {Adam} adam
 * @param {import('./digits.mjs').Digits[]} sets embedded one after the other
 * @returns {Buffer} a safetensors file
 */
export function encodeTrainingState(network, adam, sets) {
  const total = network.parameters.length;
  const { embeddings, labels } = embed(network, sets);
  return encodeSafetensors(
    {
      parameters: tensor([total], network.parameters),
      'adam.first_moment': tensor([total], adam.firstMoment),
      'adam.second_moment': tensor([total], adam.secondMoment),
      'embeddings.activation': tensor([labels.length, network.shape.hidden], embeddings),
      'embeddings.label': tensor([labels.length], labels),
    },
    { updates: String(adam.updates), hidden_units: String(network.shape.hidden) },
  );
}

/**
 * Puts a saved state back.
 * @param {Buffer} file what `encodeTrainingState` made
 * @param {Network} network
 * @param {Adam} adam
 * @throws {Error} if the state belongs to a network of another size
 */
export function restoreTrainingState(file, network, adam) {
  const { tensors, metadata } = decodeSafetensors(file);
  const updates = Number(metadata['updates']);
  const saved = [tensors['parameters'], tensors['adam.first_moment'], tensors['adam.second_moment']];
  const targets = [network.parameters, adam.firstMoment, adam.secondMoment];
  if (!Number.isSafeInteger(updates) || saved.some((state) => state?.data.length !== network.parameters.length)) {
    throw new Error(`the checkpoint does not fit a network of ${String(network.shape.hidden)} hidden units`);
  }
  targets.forEach((target, index) => target.set(saved[index]?.data ?? []));
  adam.updates = updates;
}

/**
 * @param {Network} network
 * @param {import('./digits.mjs').Digits[]} sets
 */
function embed(network, sets) {
  const count = sets.reduce((sum, digits) => sum + digits.count, 0);
  const embeddings = new Float32Array(count * network.shape.hidden);
  const labels = new Uint8Array(count);
  let row = 0;
  for (const digits of sets) {
    for (let image = 0; image < digits.count; image += 1, row += 1) {
      network.forward(digits, image);
      embeddings.set(network.activation, row * network.shape.hidden);
      labels[row] = digits.labels[image] ?? 0;
    }
  }
  return { embeddings, labels };
}

/**
 * @param {number[]} shape
 * @param {Float32Array | Float64Array | Uint8Array} data
 * @returns {Tensor}
 */
function tensor(shape, data) {
  return { shape, data: data instanceof Float64Array ? Float32Array.from(data) : data };
}

/** The shape of a network for this task. @param {number} hidden */
export function digitsShape(hidden) {
  return { inputs: PIXELS, hidden, outputs: CLASSES };
}
