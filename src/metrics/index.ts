export { addToTotals } from './drivers/add-to-totals.js';
export type { Family, Sample, Scrape } from './family.js';
export { FleetTotals } from './fleet-totals.js';
export { Metrics, type FleetCounter, type LastSuccesses } from './metrics.js';
export { MetricsModule } from './metrics.module.js';
export { MetricsSettingsService } from './metrics-settings.service.js';
export { Totals, type TotalChange } from './totals.js';
