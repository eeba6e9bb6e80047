const STORED_AS = 'simpletuner.api-key';

/** The key that a person signed in with; null on the server's own machine, where none is needed. Gone with the tab. */
export function apiKey(): string | null {
  return sessionStorage.getItem(STORED_AS);
}

export function keepApiKey(key: string): void {
  sessionStorage.setItem(STORED_AS, key);
}

export function forgetApiKey(): void {
  sessionStorage.removeItem(STORED_AS);
}
