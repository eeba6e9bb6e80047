export { EventEntity } from './event.entity.js';
export { EventTail } from './event-tail.js';
export { Events, type EventType, type NewEvent, type PublishedEvent } from './events.js';
export { EventsModule } from './events.module.js';
export { SseStream } from './sse.js';
