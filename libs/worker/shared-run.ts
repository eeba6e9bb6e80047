/** Work that counts for everybody who has asked before it begins: who comes while it runs shares the next run with others. */
export class SharedRun {
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(private readonly work: () => Promise<void>) {}

  /** Settles as the first run does that begins after this call. */
  run(): Promise<void> {
    if (!this.running) {
      this.running = this.work().finally(() => (this.running = undefined));
      return this.running;
    }
    this.next ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.run();
      });
    return this.next;
  }

  /** What the last of those who have asked so far wait for; undefined when nobody waits. */
  get awaited(): Promise<void> | undefined {
    return this.next ?? this.running;
  }
}
