import type { Provider } from '../api/types';
import type { Texts } from '../language/language';

/** What stands in the form of a submission. */
export interface Submission {
  readonly provider: string;
  readonly hardware: string;
  readonly name: string;
  readonly config: string;
  readonly dataloader: string;
  /** One NAME=value a line. */
  readonly environment: string;
}

export type Faults = Partial<Record<keyof Submission, string>>;

const KEY_BYTES = 16;
const VARIABLE = /^([A-Za-z_]\w*)=(.*)$/;

export function emptySubmission(provider: Provider | undefined): Submission {
  return {
    provider: provider?.name ?? '',
    hardware: provider?.hardware[0]?.id ?? '',
    name: '',
    config: '{\n  \n}',
    dataloader: '',
    environment: '',
  };
}

/** What is wrong with the form before the server is asked. */
export function faultsOf({ config, dataloader, environment }: Submission, t: Texts): Faults {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  return {
    ...(!isObject(parsed(config)) && { config: t.submit.notAnObject }),
    ...(dataloader.trim() !== '' && !Array.isArray(parsed(dataloader)) && { dataloader: t.submit.notAList }),
    ...(linesOf(environment).some((line) => !VARIABLE.test(line)) && { environment: t.submit.notVariables }),
  };
}

/** The body of the request for a form without faults. */
export function requestOf({ hardware, name, config, dataloader, environment }: Submission) {
  const variables = linesOf(environment).flatMap((line) => {
    const [, variable, value] = VARIABLE.exec(line) ?? [];
    return variable === undefined ? [] : [[variable, value ?? '']];
  });
  return {
    config: parsed(config) as Record<string, unknown>,
    ...(dataloader.trim() !== '' && { dataloader_config: parsed(dataloader) as Record<string, unknown>[] }),
    ...(hardware !== '' && { hardware_profile: hardware }),
    ...(name.trim() !== '' && { tracker_run_name: name.trim() }),
    ...(variables.length > 0 && { env: Object.fromEntries(variables) as Record<string, string> }),
  };
}

/** Not by randomUUID, which browsers keep from pages over plain http. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return `console-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
