// @ts-check

/** A source of numbers in [0, 1); the same seed gives the same run. @typedef {() => number} Random */

/**
 * Mulberry32 (Tommy Ettinger, public domain): 32 bits of state are plenty for shuffling a few thousand pictures.
 * @param {number} seed any integer
 * @returns {Random}
 */
export function seededRandom(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * A number from the standard normal distribution (Box–Muller).
 * @param {Random} random
 */
export function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * The numbers 0..count-1 in random order (Fisher–Yates).
 * @param {number} count
 * @param {Random} random
 */
export function shuffledIndices(count, random) {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    const chosen = Math.floor(random() * (last + 1));
    const kept = order[last] ?? 0;
    order[last] = order[chosen] ?? 0;
    order[chosen] = kept;
  }
  return order;
}
