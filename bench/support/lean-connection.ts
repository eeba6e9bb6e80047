import { connect, type Socket } from 'node:net';

export interface LeanAnswer {
  readonly status: number;
  readonly bytes: number;
  /** The body of an answer that is not 200. */
  readonly text: string;
}

interface Waiting {
  resolve(answer: LeanAnswer): void;
  reject(error: Error): void;
}

const READ_BYTES = 1024 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * HTTP/1.1 over one kept connection, one request at a time, for loads only: reads into the same memory over and over and
 * understands Content-Length alone, so that what a bench measures is the server and not this client.
 */
export class LeanConnection {
  readonly socket: Socket;
  private waiting: Waiting | undefined;
  private head: Buffer = Buffer.alloc(0);
  private status = 0;
  private bytesExpected = 0;
  private bytes = 0;
  private text = '';

  constructor(host: string, port: number) {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    this.socket = connect({ host, port, onread: { buffer, callback: (length) => this.take(buffer, length) } });
    this.socket.setNoDelay(true);
    this.socket.on('error', (error) => this.fail(error));
    this.socket.on('close', () => this.fail(new Error('The server closed the connection')));
  }

  /** False once the server has closed it, as servers do with connections that lie idle for some seconds. */
  get isOpen(): boolean {
    return this.socket.writable && !this.socket.destroyed && !this.socket.readableEnded;
  }

  exchange(head: string, blocks: readonly Buffer[]): Promise<LeanAnswer> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) {
        reject(new Error('The server has closed the connection'));
        return;
      }
      this.waiting = { resolve, reject };
      // Head and a small body leave in one packet train.
      this.socket.cork();
      this.socket.write(head, 'latin1');
      process.nextTick(() => this.socket.uncork());
      void this.feed(blocks);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private async feed(blocks: readonly Buffer[]): Promise<void> {
    for (const block of blocks) {
      if (!this.socket.write(block) && blocks.length > 1) {
        await new Promise((resolve) => this.socket.once('drain', resolve));
      }
    }
  }

  private take(buffer: Buffer, length: number): boolean {
    let start = 0;
    if (this.status === 0) {
      start = this.takeHead(buffer.subarray(0, length));
      if (start < 0) return true;
    }
    this.bytes += length - start;
    if (this.status !== 200) this.text += buffer.toString('utf8', start, length);
    if (this.bytes >= this.bytesExpected) this.end();
    return true;
  }

  /** Where the body begins in what has just been read, or -1 while the head has not ended. */
  private takeHead(read: Buffer): number {
    const before = this.head.length;
    const head = before === 0 ? read : Buffer.concat([this.head, read]);
    const end = head.indexOf(HEAD_END);
    if (end < 0) {
      this.head = Buffer.from(head);
      return -1;
    }
    const text = head.toString('latin1', 0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
    if (length === undefined) this.socket.destroy(new Error(`No Content-Length in the answer:\n${text}`));
    this.status = Number(text.slice(9, 12));
    this.bytesExpected = Number(length);
    this.head = Buffer.alloc(0);
    return end + HEAD_END.length - before;
  }

  private end(): void {
    const { status, bytes, text, waiting } = this;
    this.status = 0;
    this.bytes = 0;
    this.text = '';
    this.waiting = undefined;
    waiting?.resolve({ status, bytes, text });
  }

  private fail(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = undefined;
  }
}
