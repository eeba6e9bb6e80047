// The inner loops, apart from everything else: they are where the time goes. Indices are in range by construction of
// the caller, and a check per element would double the cost, so this file is typed by JSDoc but not checked.

/** @typedef {Float32Array | Float64Array} Floats */

/**
 * target[t+i] += scale * source[s+i] for i in 0..length-1.
 * @param {Floats} target
 * @param {number} targetStart
 * @param {number} scale
 * @param {Floats} source
 * @param {number} sourceStart
 * @param {number} length
 */
export function addScaled(target, targetStart, scale, source, sourceStart, length) {
  let index = 0;
  // Four at a time: V8 does not unroll, and this loop is two thirds of a run.
  for (; index + 3 < length; index += 4) {
    const to = targetStart + index;
    const from = sourceStart + index;
    target[to] += scale * source[from];
    target[to + 1] += scale * source[from + 1];
    target[to + 2] += scale * source[from + 2];
    target[to + 3] += scale * source[from + 3];
  }
  for (; index < length; index += 1) target[targetStart + index] += scale * source[sourceStart + index];
}

/**
 * The inner product of `length` elements.
 * @param {Floats} left
 * @param {number} leftStart
 * @param {Floats} right
 * @param {number} rightStart
 * @param {number} length
 * @returns {number}
 */
export function dot(left, leftStart, right, rightStart, length) {
  let sum = 0;
  for (let index = 0; index < length; index += 1) sum += left[leftStart + index] * right[rightStart + index];
  return sum;
}

/**
 * Negative elements become zero (ReLU), in place.
 * @param {Floats} values
 */
export function rectify(values) {
  for (let index = 0; index < values.length; index += 1) if (values[index] < 0) values[index] = 0;
}

/**
 * The derivative of ReLU: the gradient stops where the activation was cut to zero.
 * @param {Floats} gradient changed in place
 * @param {Floats} activation
 */
export function maskWhereZero(gradient, activation) {
  for (let index = 0; index < gradient.length; index += 1) if (activation[index] === 0) gradient[index] = 0;
}

/**
 * Logits become probabilities, in place; the maximum is taken off first so that exp never overflows.
 * @param {Floats} values
 */
export function softmax(values) {
  const largest = values.reduce((left, right) => Math.max(left, right), -Infinity);
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index] = Math.exp(values[index] - largest);
  for (let index = 0; index < values.length; index += 1) values[index] /= sum;
}

/**
 * One Adam update (Kingma and Ba, arXiv:1412.6980, algorithm 1); the gradient is consumed (set to zero).
 * @param {Floats} parameters changed in place
 * @param {Floats} gradient
 * @param {Floats} firstMoment
 * @param {Floats} secondMoment
 * @param {{ rate: number, scale: number, beta1: number, beta2: number, epsilon: number }} by `rate` is bias-corrected,
 *   `scale` multiplies the gradient (1 / batch size)
 */
export function adamUpdate(parameters, gradient, firstMoment, secondMoment, { rate, scale, beta1, beta2, epsilon }) {
  for (let index = 0; index < parameters.length; index += 1) {
    const slope = gradient[index] * scale;
    const first = (firstMoment[index] = beta1 * firstMoment[index] + (1 - beta1) * slope);
    const second = (secondMoment[index] = beta2 * secondMoment[index] + (1 - beta2) * slope * slope);
    parameters[index] -= (rate * first) / (Math.sqrt(second) + epsilon);
    gradient[index] = 0;
  }
}

/**
 * A copy of a rows x columns matrix as columns x rows.
 * @template {Floats} T
 * @param {T} matrix
 * @param {number} rows
 * @param {number} columns
 * @returns {T}
 */
export function transposed(matrix, rows, columns) {
  const result = new matrix.constructor(matrix.length);
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1) result[column * rows + row] = matrix[row * columns + column];
  return result;
}
