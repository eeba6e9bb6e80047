/** The host of a URL without the brackets of IPv6. Numeric spellings are plain addresses already: URL parsing makes them so. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** The port of an http or https URL, also where it is the usual one. */
export function portOf(url: URL): number {
  return Number(url.port || (url.protocol === 'https:' ? 443 : 80));
}

/** User and password of a URL; as they stand where what follows a `%` is no escape: many a password is pasted as it is. */
export function credentialsOf({ username, password }: URL): { readonly user: string; readonly password: string } {
  return { user: decoded(username), password: decoded(password) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
