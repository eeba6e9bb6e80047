import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from './safetensors.mjs';

describe('safetensors', () => {
  it('are laid out as the format says: length, JSON header, aligned data in order', () => {
    const file = encodeSafetensors(
      { a: { shape: [2, 1], data: Float32Array.of(1, -2) }, b: { shape: [3], data: Uint8Array.of(7, 8, 9) } },
      { format: 'pt' },
    );
    const headerBytes = Number(file.readBigUInt64LE(0));
    expect((8 + headerBytes) % 8).toBe(0);
    expect(JSON.parse(file.toString('utf8', 8, 8 + headerBytes))).toEqual({
      __metadata__: { format: 'pt' },
      a: { dtype: 'F32', shape: [2, 1], data_offsets: [0, 8] },
      b: { dtype: 'U8', shape: [3], data_offsets: [8, 11] },
    });
    expect(file.subarray(8 + headerBytes).toString('hex')).toBe('0000803f000000c0070809');
  });

  it('come back as they were written', () => {
    const floats = fc.float32Array({ noNaN: true }).map((data) => ({ shape: [data.length], data }));
    const bytes = fc.uint8Array().map((data) => ({ shape: [1, data.length], data }));
    const name = fc.string({ minLength: 1 }).filter((text) => text !== '__metadata__' && text !== '__proto__');
    const tensorsOf = fc.dictionary(name, fc.oneof(floats, bytes), { noNullPrototype: true });
    fc.assert(
      fc.property(tensorsOf, fc.dictionary(name, fc.string(), { noNullPrototype: true }), (tensors, metadata) => {
        const decoded = decodeSafetensors(encodeSafetensors(tensors, metadata));
        expect({ ...decoded.tensors }).toEqual(tensors);
        expect(decoded.metadata).toEqual(metadata);
      }),
      { numRuns: 50 },
    );
  });

  it('are refused with a SyntaxError when damaged, never read wrongly out of bounds', () => {
    const whole = encodeSafetensors({ weights: { shape: [4], data: Float32Array.of(1, 2, 3, 4) } }, { step: '1' });
    const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255), length: fc.nat(whole.length) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const damaged = Buffer.from(whole.subarray(0, changes[0]?.length));
        for (const { at, byte } of changes) if (at < damaged.length) damaged[at] = byte;
        try {
          for (const { shape, data } of Object.values(decodeSafetensors(damaged).tensors)) {
            expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
          }
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a header longer than the file', Buffer.from('ff00000000000000', 'hex')],
    ['another type of element', fileWith({ a: { dtype: 'BF16', shape: [0], data_offsets: [0, 0] } })],
    ['data outside the file', fileWith({ a: { dtype: 'U8', shape: [4], data_offsets: [0, 4] } })],
    ['metadata that is not text', fileWith({ __metadata__: { step: 1 } })],
    ['an array for a header', fileWith([])],
  ])('are refused when they hold %s', (_, file) => {
    expect(() => decodeSafetensors(file)).toThrow(SyntaxError);
  });
});

function fileWith(header: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json]);
}
