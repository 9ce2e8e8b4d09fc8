import { run } from '@waybill/service';
import { services } from './services.ts';

await run(services);
