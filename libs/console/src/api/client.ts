import createClient, { type Middleware } from 'openapi-fetch';
import { apiKey } from './credentials';
import { failureOf } from './failure';
import type { paths } from './schema';

const withCredentials: Middleware = {
  onRequest({ request }) {
    const key = apiKey();
    if (key !== null) request.headers.set('X-API-Key', key);
    return request;
  },
};

/** The server's API, typed from its own description of itself. */
export const api = createClient<paths>({ baseUrl: window.location.origin });
api.use(withCredentials);

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** What was asked for. @throws ApiFailure when the server refuses, or answers nothing. */
export async function answered<T>(call: Promise<Answer<T>>): Promise<T> {
  return (await whole(call)).data;
}

/** The same with the entity tag, for changes that must not overwrite somebody else's. */
export async function tagged<T>(call: Promise<Answer<T>>): Promise<{ data: T; entityTag: string | null }> {
  const { data, response } = await whole(call);
  return { data, entityTag: response.headers.get('etag') };
}

async function whole<T>(call: Promise<Answer<T>>): Promise<{ data: T; response: Response }> {
  const { data, error, response } = await call;
  if (!response.ok) throw failureOf(response.status, error);
  return { data: data as T, response };
}

/** A request for which there is no JSON to describe: streams and files. @throws ApiFailure */
export async function fetchRaw(path: string, init: RequestInit = {}): Promise<Response> {
  const key = apiKey();
  const headers = new Headers(init.headers);
  if (key !== null) headers.set('X-API-Key', key);
  const response = await fetch(path, { ...init, headers });
  if (response.ok) return response;
  const text = await response.text();
  throw failureOf(response.status, parsed(text));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
