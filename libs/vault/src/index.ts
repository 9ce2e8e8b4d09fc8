export { openVault, type Vault, type VaultRequest } from './client.ts';
export { type FieldReference, parseFieldReference, readField } from './key-values.ts';
export type { VaultLogin, VaultSettings } from './settings.ts';
