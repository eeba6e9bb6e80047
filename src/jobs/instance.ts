import { Injectable } from '@nestjs/common';
import { newId } from '#libs/ids';

/** This run of this process: another one after every restart, so that no claim outlives the one who made it. */
@Injectable()
export class Instance {
  readonly id = newId();
}
