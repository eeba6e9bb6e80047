import { Global, Module } from '@nestjs/common';
import { SqlEvents } from './drivers/sql-events.js';
import { EventStreams } from './event-streams.js';
import { EventTail } from './event-tail.js';
import { EventsController } from './events.controller.js';
import { Events } from './events.js';

@Global()
@Module({
  controllers: [EventsController],
  providers: [{ provide: Events, useClass: SqlEvents }, EventTail, EventStreams],
  exports: [Events, EventTail],
})
export class EventsModule {}
