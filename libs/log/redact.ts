import { redacted, withoutSecrets } from './secrets.js';

/** Last words of a name whose value is a secret: `hf_token`, `webhookSecret`, `DB_PASSWORD`, `Set-Cookie`. */
const secretWords = new Set(
  (
    'authorization cookie cookies token tokens secret secrets password passwords passwd passphrase credential ' +
    'credentials jwt otp signature'
  ).split(' '),
);
/** Names ending in `key` are harmless (`key`, `idempotency_key`) unless the word before says what it opens. */
const keyOwners = new Set(
  'api access secret private master signing encryption upload session ssl tls hmac auth'.split(' '),
);
/** Whole names; `input` and its JSON members are a prediction's inputs, which hold the job's credentials. */
const secretNames = new Set(['input', 'config_json', 'dataloader_json', 'apikey', 'accesskey', 'secretkey', 'whsec']);

/** Tokens that give themselves away by their form, wherever they stand. Repetitions are bounded: hostile text comes here. */
const tokenForms: readonly [RegExp, string][] = [
  // A digit or a sign tells a token from an English word.
  [/\b(Bearer|Basic|Token) +(?=\S{0,200}[0-9_=])[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${redacted}`],
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#@]{1,1024}@/gi, `$1${redacted}@`],
  [/\bwhsec_[A-Za-z0-9+/=]{6,}/g, redacted],
  [/\bst_[A-Za-z0-9]{32}\b/g, redacted],
  [/\bSTU[A-Z2-7]{29}\b/g, redacted],
  [/\b(?:r8|hf)_[A-Za-z0-9]{16,}/g, redacted],
  [/([?&](?:[^=&?\s]{0,64}(?:token|secret|password|signature|api_?key|credential))=)[^&\s#"']+/gi, `$1${redacted}`],
];
const worthALook = /bearer|basic|token|:\/\/|whsec_|st_|STU|r8_|hf_|[?&]/i;

const nameVerdicts = new Map<string, boolean>();
const plainNames = new Map<string, boolean>();
const nameVerdictsMax = 5_000;

/** Whether the value under this name must not be written, judged by the name alone. */
export function isSecretName(name: string): boolean {
  const known = nameVerdicts.get(name);
  if (known !== undefined) return known;
  const verdict = judge(name);
  if (nameVerdicts.size >= nameVerdictsMax) nameVerdicts.clear();
  nameVerdicts.set(name, verdict);
  return verdict;
}

/** Whether a name neither tells of a secret nor has the form of one. */
export function isPlainName(name: string): boolean {
  const known = plainNames.get(name);
  if (known !== undefined) return known;
  const isPlain = !isSecretName(name) && withoutTokens(name) === name;
  if (plainNames.size >= nameVerdictsMax) plainNames.clear();
  plainNames.set(name, isPlain);
  return isPlain;
}

/** False when nothing in `text` can have the form of a token; registered secrets are another matter. */
export function mayHoldToken(text: string): boolean {
  return worthALook.test(text);
}

/** `text` without registered secrets and without anything that has the form of a token. */
export function redactText(text: string): string {
  return withoutTokens(withoutSecrets(text));
}

function withoutTokens(text: string): string {
  if (!worthALook.test(text)) return text;
  return tokenForms.reduce((result, [form, replacement]) => result.replace(form, replacement), text);
}

function judge(name: string): boolean {
  const words = name
    .slice(0, 256)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const last = words.at(-1);
  if (last === undefined) return false;
  if (secretNames.has(words.join('_')) || secretNames.has(last) || secretWords.has(last)) return true;
  return last === 'key' && keyOwners.has(words.at(-2) ?? '');
}
