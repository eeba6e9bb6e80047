export { HealthModule } from './health.module.js';
export { HealthRegistry, type Component, type ComponentStatus, type Finding } from './health.registry.js';
