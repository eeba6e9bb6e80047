import { exactnessContract } from './state-exactness-contract.js';
import { stateDrivers } from './state-drivers.js';
import { stateSharingContract } from './state-sharing-contract.js';
import { stateStoreContract } from './state-store-contract.js';
import { slidingWindowContract } from './state-window-contract.js';

for (const driver of stateDrivers()) {
  stateStoreContract(driver);
  stateSharingContract(driver);
  slidingWindowContract(driver);
  exactnessContract(driver);
}
