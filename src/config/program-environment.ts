const names = new Set(
  'PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR LD_LIBRARY_PATH DYLD_LIBRARY_PATH HF_HOME'.split(' '),
);
const prefixes = ['LC_', 'CUDA_', 'NVIDIA_', 'NCCL_', 'ROCR_', 'HIP_'];
const PATH_FALLBACK = '/usr/local/bin:/usr/bin:/bin';

/**
 * The variables that programs started by the server inherit: where things are, which language, which GPUs.
 * Everything else stays here, because a server's environment holds its secrets.
 */
export function programEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const inherited = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (names.has(entry[0]) || prefixes.some((prefix) => entry[0].startsWith(prefix))),
  );
  return { PATH: PATH_FALLBACK, ...Object.fromEntries(inherited) };
}
