import { Global, Module } from '@nestjs/common';
import { EventStreams } from './event-streams.js';
import { EventTail } from './event-tail.js';
import { EventsController } from './events.controller.js';
import { Events } from './events.js';

@Global()
@Module({ controllers: [EventsController], providers: [Events, EventTail, EventStreams], exports: [Events, EventTail] })
export class EventsModule {}
