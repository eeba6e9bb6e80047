import type { HardwareProfile } from '../adapter.js';

/** Dollars per second of one GPU, as the contract has them. */
const USD_PER_SECOND = { h100: 0.001525, l40s: 0.000972222 };
const labels = { h100: 'NVIDIA H100', l40s: 'NVIDIA L40S' };
const COUNTS = [1, 2, 4, 8];
const MODEL_PREFIX = 'simpletuner/advanced-trainer-';

/** What is used when neither the job nor the settings name a profile: the least expensive one. */
export const DEFAULT_PROFILE = 'l40s';

export const replicateProfiles: readonly HardwareProfile[] = (['h100', 'l40s'] as const).flatMap((gpu) =>
  COUNTS.map((count) => ({
    id: count === 1 ? gpu : `${gpu}-x${count}`,
    label: count === 1 ? labels[gpu] : `${count} × ${labels[gpu]}`,
    usdPerSecond: USD_PER_SECOND[gpu] * count,
  })),
);

export function profileOf(id: string): HardwareProfile | undefined {
  return replicateProfiles.find((profile) => profile.id === id);
}

/** The model that trains on this hardware. */
export function modelOf(profile: HardwareProfile): string {
  return MODEL_PREFIX + profile.id;
}

/** The hardware of one of our models; undefined for a model that is not ours. */
export function profileOfModel(model: string): HardwareProfile | undefined {
  return model.startsWith(MODEL_PREFIX) ? profileOf(model.slice(MODEL_PREFIX.length)) : undefined;
}
