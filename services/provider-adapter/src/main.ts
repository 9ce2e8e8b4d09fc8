import { run } from '@waybill/service';
import { providerAdapterService } from './service.ts';

await run([providerAdapterService]);
