import { describe, expect, it } from 'vitest';
import { ManualClock } from '../clock/index.js';
import { redactText } from '../log/index.js';
import { CachedDocument, DocumentReader, type ReadDocument } from './cached-document.js';
import { documentOf } from './document.js';
import { servicePolicy } from './limits.js';
import { SecretChain } from './secret-chain.js';
import type { SourceName } from './secret-source.js';

class Shelf extends DocumentReader {
  override readonly label = 'The shelf';
  reads = 0;
  isBroken = false;

  constructor(
    override readonly name: SourceName,
    public data: Record<string, unknown>,
  ) {
    super();
  }

  override async read(): Promise<ReadDocument> {
    this.reads += 1;
    if (this.isBroken) throw new Error('a message that holds hunter2');
    return { document: documentOf(this.data) };
  }
}

function scene(random = 0.5) {
  const clock = new ManualClock();
  const upper = new Shelf('file', { HF_TOKEN: 'upper-value', EMPTY: '' });
  const lower = new Shelf('vault', { 'hf-token': 'lower-value', EMPTY: 'lower-only', MORE: 'lower-more' });
  const sources = [upper, lower].map(
    (shelf) => new CachedDocument(shelf, servicePolicy, { clock, random: () => random }),
  );
  return { clock, upper, lower, chain: new SecretChain(sources, ['HF_TOKEN', 'ABSENT']) };
}

describe('the chain of secrets', () => {
  it('takes the first value that is not empty, and asks no further source than it must', async () => {
    const { chain, lower } = scene();
    expect(await chain.get('hf.token')).toBe('upper-value');
    expect(lower.reads).toBe(0);
    expect(await chain.get('empty')).toBe('lower-only');
    expect(await chain.get('absent')).toBeUndefined();
  });

  it('lists what there is, what is shadowed and what is missing', async () => {
    const { chain } = scene();
    const listed = await chain.describe((value) => value.length.toString());
    expect(listed).toEqual([
      { name: 'ABSENT', source: null, ageMs: null, fingerprint: null, shadowed: [] },
      { name: 'EMPTY', source: 'vault', ageMs: 0, fingerprint: '10', shadowed: [] },
      { name: 'HF_TOKEN', source: 'file', ageMs: 0, fingerprint: '11', shadowed: ['vault'] },
      { name: 'MORE', source: 'vault', ageMs: 0, fingerprint: '10', shadowed: [] },
    ]);
  });

  it('registers what it gives out with the redactor, members of lists too', async () => {
    const { chain, upper } = scene();
    upper.data = { CLOUD_WEBHOOK_SECRET: 'zebra-current, zebra-previous' };
    expect(redactText('zebra-current and zebra-previous')).toBe('zebra-current and zebra-previous');
    await chain.get('CLOUD_WEBHOOK_SECRET');
    expect(redactText('zebra-current and zebra-previous')).toBe('[redacted] and [redacted]');
    await chain.describe(() => '');
    expect(redactText('a lower-value that does not count')).toBe('a [redacted] that does not count');
  });

  it('goes on with the next source when one has never been read, and says so without quoting the error', async () => {
    const { chain, upper } = scene();
    upper.isBroken = true;
    expect(await chain.get('HF_TOKEN')).toBe('lower-value');
    expect(chain.states()[0]).toMatchObject({ trouble: 'cannot be read (Error)', isRead: false, failingForMs: 0 });
  });

  it('waits longer after each failure, up to half a minute', async () => {
    const { chain, clock, upper } = scene();
    upper.isBroken = true;
    const pauses: number[] = [];
    for (let last = 0, second = 0; second < 120; second += 1) {
      const before = upper.reads;
      await chain.get('HF_TOKEN');
      if (upper.reads > before) {
        pauses.push(second - last);
        last = second;
      }
      clock.advance(1_000);
    }
    expect(pauses).toEqual([0, 1, 2, 4, 8, 16, 30, 30]);
  });

  it.each([
    [0, 270],
    [0.5, 300],
    [1, 330],
  ])('lets values live for a time that is spread (chance %f: %i s)', async (random, seconds) => {
    const { chain, clock, upper } = scene(random);
    await chain.get('HF_TOKEN');
    clock.advance((seconds - 1) * 1_000);
    await chain.get('HF_TOKEN');
    expect(upper.reads).toBe(1);
    clock.advance(1_000);
    await chain.get('HF_TOKEN');
    expect(upper.reads).toBe(2);
  });

  it('reads ahead, so that nobody has to wait', async () => {
    const { chain, clock, upper, lower } = scene();
    await chain.keepFresh();
    clock.advance(239_000);
    await chain.keepFresh();
    expect([upper.reads, lower.reads]).toEqual([1, 1]);
    clock.advance(1_000);
    upper.data = { HF_TOKEN: 'newer-value' };
    await chain.keepFresh();
    expect([upper.reads, lower.reads]).toEqual([2, 2]);
    expect(await chain.get('HF_TOKEN')).toBe('newer-value');
  });
});
