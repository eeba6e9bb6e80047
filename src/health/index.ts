export { HealthModule } from './health.module.js';
export { HealthRegistry, type ComponentStatus, type Finding } from './health.registry.js';
