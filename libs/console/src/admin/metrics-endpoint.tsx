import { useMutation } from '@tanstack/react-query';
import { fetchRaw } from '../api/client';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Button } from '../ui/button';
import { CopyButton } from '../ui/copy';
import { Failed } from '../ui/states';

/** Where Prometheus scrapes, and whether that works. */
export function MetricsEndpoint({ path }: { readonly path: string }) {
  const t = useTexts();
  const format = useFormats();
  const address = window.location.origin + path;
  const test = useMutation({
    mutationFn: async () => {
      const content = await (await fetchRaw(path)).text();
      const lines = content.split('\n');
      return {
        bytes: new TextEncoder().encode(content).length,
        series: lines.filter((line) => line !== '' && !line.startsWith('#')).length,
      };
    },
  });
  return (
    <div className="stack">
      <div className="endpoint">
        <span className="code break">{address}</span>
        <CopyButton text={address} label={t.metrics.copy} />
        <Button isBusy={test.isPending} onClick={() => test.mutate()}>
          {t.metrics.test}
        </Button>
      </div>
      {test.error && <Failed error={test.error} />}
      {test.data && (
        <p role="status" className={test.data.series > 0 ? 'saved' : 'muted'}>
          {test.data.series > 0
            ? t.metrics.tested(test.data.series, format.bytes(test.data.bytes))
            : t.metrics.testedNothing}
        </p>
      )}
    </div>
  );
}
