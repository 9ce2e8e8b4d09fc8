export { providerAdapterService } from './service.ts';
