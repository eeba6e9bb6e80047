import { DomainError } from '../../http/index.js';

/** How long to wait before asking again for a place, in seconds. */
const RETRY_AFTER_SECONDS = 10;

/** A bounded number of places for work that is expensive. */
export class Places {
  private taken = 0;

  constructor(
    private readonly placesMax: number,
    private readonly what: string,
  ) {}

  /** Takes a place; the answer gives it back. @throws DomainError rate_limit_exceeded when there is none. */
  take(): () => void {
    if (this.taken >= this.placesMax) {
      throw new DomainError(
        'limited',
        'rate_limit_exceeded',
        `The server is busy with other ${this.what}; try again.`,
        {
          headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) },
        },
      );
    }
    this.taken += 1;
    let isHeld = true;
    return () => {
      if (isHeld) this.taken -= 1;
      isHeld = false;
    };
  }
}
