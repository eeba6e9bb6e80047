import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { StateUnavailable } from '#libs/state';
import { authorityPem } from '../support/certificates.js';
import { startRedisCluster, startTlsRedisCluster, type ServerProcess } from '../support/servers.js';
import { driverOf } from './state-drivers.js';
import { hitFromProcesses } from './state-processes.js';
import { exactnessContract } from './state-exactness-contract.js';
import { stateSharingContract } from './state-sharing-contract.js';
import { stateStoreContract } from './state-store-contract.js';
import { slidingWindowContract } from './state-window-contract.js';

let nodes: readonly ServerProcess[] = [];

beforeAll(async () => {
  nodes = await startRedisCluster();
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.remove()));
});

describe('On a Redis Cluster', () => {
  const driver = driverOf('redis', async () => ({
    kind: 'redis',
    url: nodes[0]!.url,
    keyPrefix: `st:${randomUUID().slice(0, 8)}:`,
  }));

  stateStoreContract(driver);
  stateSharingContract(driver);
  slidingWindowContract(driver);
  exactnessContract(driver);

  it('keeps keys on all nodes, and what belongs to one key on one node', async () => {
    const place = await driver.place();
    const backend = await driver.open(place);
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        await backend.window.hit(`spread ${index}`, 10, 60_000);
        await backend.window.hit(`spread ${index}`, 5_000, 60_000);
      }),
    );
    const kept = await Promise.all(nodes.map((node) => tagsOn(node, place.keyPrefix)));
    expect(kept.map((tags) => tags.length > 0)).toEqual([true, true, true]);
    expect(kept.reduce((sum, tags) => sum + tags.length, 0)).toBe(120);
    expect(new Set(kept.flatMap((tags) => [...new Set(tags)])).size).toBe(60);
    expect(kept.flatMap((tags) => [...new Set(tags)])).toHaveLength(60);
  });

  it('follows a slot that moves to another node', async () => {
    const place = await driver.place();
    const backend = await driver.open(place);
    const key = 'moved';
    await backend.window.hit(key, 3, 3_600_000);
    const clients = nodes.map(({ url }) => new Redis(url));
    const slot = await clients[0]!.cluster('KEYSLOT', `{:${key}}`);
    const ids = (await Promise.all(clients.map((client) => client.call('CLUSTER', 'MYID')))) as string[];
    const owners = await Promise.all(clients.map(async (client) => client.cluster('COUNTKEYSINSLOT', slot)));
    const from = owners.findIndex((count) => count > 0);
    const to = (from + 1) % nodes.length;
    await clients[to]!.cluster('SETSLOT', slot, 'IMPORTING', ids[from]!);
    await clients[from]!.cluster('SETSLOT', slot, 'MIGRATING', ids[to]!);
    const names = await clients[from]!.cluster('GETKEYSINSLOT', slot, 100);
    await clients[from]!.migrate('127.0.0.1', nodes[to]!.port, '', 0, 5_000, 'KEYS', ...names);
    await Promise.all(clients.map((client) => client.cluster('SETSLOT', slot, 'NODE', ids[to]!)));
    await vi.waitFor(async () => expect(await clients[to]!.cluster('COUNTKEYSINSLOT', slot)).toBeGreaterThan(0));
    const answers = await Promise.all(Array.from({ length: 4 }, () => backend.window.hit(key, 3, 3_600_000)));
    expect(answers.map(({ allowed }) => allowed)).toEqual([true, true, false, false]);
    for (const client of clients) client.disconnect();
  });

  it('fails calls while a node is lost, and serves all of them again by itself when it is back', async () => {
    const backend = await driver.open(await driver.place());
    const hits = () =>
      Promise.allSettled(Array.from({ length: 60 }, (_, index) => backend.window.hit(`lost ${index}`, 10, 60_000)));
    await hits();
    // Not the one that the URL names: it is how clients find the others.
    await nodes[2]!.stop();
    const failures = (await hits()).filter((outcome) => outcome.status === 'rejected');
    expect(failures.length).toBeGreaterThan(0);
    for (const { reason } of failures) expect(reason).toBeInstanceOf(StateUnavailable);
    await nodes[2]!.restart();
    await vi.waitFor(async () => expect((await hits()).filter(({ status }) => status === 'rejected')).toEqual([]), {
      timeout: 30_000,
      interval: 100,
    });
  });

  it('does nothing afterwards of what failed while all nodes were away, and works again by itself', async () => {
    const backend = await driver.open(await driver.place());
    const keys = Array.from({ length: 30 }, (_, index) => `away ${index}`);
    const failing = () =>
      Promise.allSettled(
        keys.flatMap((key) => [
          backend.window.hit(key, 5, 3_600_000),
          backend.store.acquireLease(key, 'told no', 3_600_000),
        ]),
      );
    await Promise.all(keys.map((key) => backend.window.hit(key, 5, 3_600_000)));
    await Promise.all(nodes.map((node) => node.stop()));
    // Not one of them waits for its time-out once the loss is known.
    await vi.waitFor(
      async () => {
        const outcomes = await failing();
        const reasons = outcomes.map((outcome) =>
          outcome.status === 'rejected' ? (outcome.reason as Error) : undefined,
        );
        expect(reasons.every((reason) => reason instanceof StateUnavailable)).toBe(true);
        expect(reasons.filter((reason) => reason?.message.includes('no answer within'))).toEqual([]);
      },
      { timeout: 30_000, interval: 100 },
    );
    for (let turn = 0; turn < 3; turn += 1) await failing();
    // Without a file: what they kept is gone.
    await Promise.all(nodes.map((node) => node.restart()));
    await vi.waitFor(() => Promise.all(keys.map((key) => backend.window.hit(`${key} again`, 5, 60_000))), {
      timeout: 30_000,
      interval: 100,
    });
    const seen = await Promise.all(keys.map((key) => backend.window.peek(key, 5, 3_600_000)));
    expect(seen.map(({ remaining }) => remaining)).toEqual(keys.map(() => 5));
    const leases = await Promise.all(keys.map((key) => backend.store.acquireLease(key, 'another', 60_000)));
    expect(leases.map((lease) => lease?.holder)).toEqual(keys.map(() => 'another'));
  });

  it('is reached with TLS by the name that its certificate holds', async () => {
    const node = await startTlsRedisCluster();
    const authority = join(node.directory, 'trusted.pem');
    await writeFile(authority, authorityPem);
    vi.stubEnv('NODE_EXTRA_CA_CERTS', authority);
    try {
      const burst = { key: 'a', limit: 3, windowMs: 3_600_000, hits: 5 };
      expect(await hitFromProcesses({ kind: 'redis', url: node.url, keyPrefix: 'st:' }, 1, burst)).toEqual([3]);
    } finally {
      vi.unstubAllEnvs();
      await node.remove();
    }
  });
});

/** The hash tags of the windows that a node keeps. */
async function tagsOn(node: ServerProcess, keyPrefix: string): Promise<string[]> {
  const client = new Redis(node.url);
  const names = await client.keys(`${keyPrefix}*`);
  client.disconnect();
  return names.map((name) => /\{:(.*)\}/.exec(name)?.[1] ?? '');
}
