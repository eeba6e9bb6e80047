import type { Readable } from 'node:stream';
import type { ByteRange, DigestAlgorithm, Digests } from '#libs/s3';
import type { ObjectAddress } from './object.js';

/** Bytes on their way in. Nobody can see them. */
export interface Draft {
  /**
   * Resolves when there is memory for so many bytes more; asked before they are taken from their sender, so that whoever waits
   * here holds nothing that others need. Absent where writing never waits for memory.
   */
  ready?(bytes: number): Promise<void>;
  /** Takes the bytes at `offset`; calls come in order and do not overlap. */
  write(bytes: Buffer, offset: number): Promise<void>;
  /**
   * Takes all the bytes, with their memory, and hashes them, instead of any `write`: for small objects, where another thread does all
   * of it at once for less. Undefined when it does not at the moment, and absent where it never does.
   */
  writeWhole?(pieces: readonly Uint8Array[], algorithms: readonly DigestAlgorithm[]): Promise<Digests> | undefined;
  /** Makes the bytes durable; resolves to the name under which they can be opened, published or removed. */
  seal(): Promise<string>;
  /** Forgets the bytes; harmless after `seal`. Never rejects. */
  discard(): Promise<void>;
}

/** A part of an upload as it lies in its store. */
export interface StoredPart {
  readonly blob: string;
  readonly bytes: number;
  /** Hex MD5 of the bytes. */
  readonly etag: string;
}

/** The range of whoever wants to read nothing. */
export const NO_BYTES: ByteRange = { start: 0, end: -1 };

/** An opened version of an object; what it reads cannot change any more. `close` it. */
export interface OpenBlob {
  /** Bytes of the range, or all of them. Closes the blob at its end. */
  stream(range?: ByteRange): Readable;
  /** Reads from `position` on until `buffer` is full or the bytes end; resolves to how many were read. */
  read(buffer: Buffer, position: number): Promise<number>;
  close(): Promise<void>;
}

/** A file at an object's address that the index does not know; whether it holds the object's bytes is to be proven. */
export interface MovedBlob extends OpenBlob {
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAtMs: number;
}

/** A sealed draft that was never published, or not completely; of a store that cannot tell it from others: any blob. */
export interface LeftDraft {
  readonly blob: string;
  /** When its last byte was written; absent where the store cannot tell. */
  readonly modifiedAtMs?: number;
}

/** Why a store cannot be used, in words for operators. */
export class UnusableStoreError extends Error {
  override readonly name = 'UnusableStoreError';
}

/** Where the bytes of objects and parts are kept. What is visible is decided by the index, not here. */
export abstract class ByteStore {
  /** Whether placing and removing touch what lies at an address, so that two processes could be in each other's way. */
  abstract readonly movesBlobs: boolean;
  /** @throws S3Error SlowDown when there is no room for `bytes` more. */
  abstract admit(bytes: number): Promise<void>;
  /** `address`: of the object that the bytes are to become; absent for a part. `jobId`: whose bytes they are, of a part too. */
  abstract createDraft(address?: ObjectAddress, jobId?: string): Promise<Draft>;
  /**
   * A sealed blob of all the bytes of the parts, in their order, made where they lie; it belongs to the caller. Undefined where the
   * store cannot do so by itself: then they are to be read and written.
   */
  join(_address: ObjectAddress, _parts: readonly StoredPart[]): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }
  /**
   * Puts a blob where people look for the object, replacing what is there. Called after the index names the blob, one
   * call at a time for each address; may be repeated.
   */
  abstract place(address: ObjectAddress, blob: string): Promise<void>;
  /**
   * Undefined when the blob is gone: it was replaced or removed meanwhile. `wanted`: the bytes that will be read first, all of
   * them when absent; `NO_BYTES` of whoever only looks whether the blob is there. Others may be read all the same.
   */
  abstract open(blob: string, address: ObjectAddress | undefined, wanted?: ByteRange): Promise<OpenBlob | undefined>;
  /**
   * What lies at an address whose blob cannot be found although the index still names it: a file that was restored or
   * copied here by hand, and is another one to the file system. Undefined unless it has the right length, if one is given.
   */
  abstract openMoved(address: ObjectAddress, bytes?: number): Promise<MovedBlob | undefined>;
  /**
   * The addresses at which something lies, in no particular order, whether or not the index knows it. Links and what cannot
   * be an object are left out. Of a store that cannot tell an address from what lies there: none.
   */
  abstract placed(): AsyncIterable<ObjectAddress>;
  /** Removes a blob, wherever it lies; harmless when it is gone. */
  abstract remove(blob: string, address: ObjectAddress | undefined): Promise<void>;
  /** Whether it can be written and has room, told to operators. @throws UnusableStoreError, or a fault of the file system, when it cannot. */
  abstract condition(): Promise<{ readonly isRoomy: boolean; readonly message: string }>;
  /**
   * Drafts, sealed or cut off, that nobody in this process is writing. `looked` is called whenever all blobs of a kind have
   * been told, with what tells those of this kind from others: one that was not told is not there any more.
   */
  abstract leftDrafts(looked?: (isOfKind: (blob: string) => boolean) => void): AsyncIterable<LeftDraft>;
  /**
   * The object whose bytes a left draft may be, perhaps the last that there are: a database that was restored may have
   * forgotten it. Undefined for what was never an object, or is gone; `unknown` of an object's that does not tell which.
   */
  abstract addressOf(blob: string): Promise<ObjectAddress | 'unknown' | undefined>;
  /** Frees what drafts occupy that are not told as left, were begun before an instant, and can have no writer any more. */
  abstract giveUpDrafts(begunBeforeMs: number): Promise<void>;
}
