import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api } from '../api/client';
import type { components } from '../api/schema';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Button } from '../ui/button';
import { Panel } from '../ui/page';
import { Loaded } from '../ui/states';

type Categories = components['schemas']['MetricsSettingsView']['prometheus_categories'];

/** What a scrape would read now, whether or not the export is on. */
export function MetricsPreview({ categories }: { readonly categories: Categories }) {
  const t = useTexts();
  const format = useFormats();
  const [isOpen, setOpen] = useState(false);
  const query = useQuery({
    queryKey: ['metrics', 'preview', categories],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/cloud/metrics/config/preview', { params: { query: { categories } }, signal })),
    enabled: isOpen,
  });
  return (
    <Panel
      title={t.metrics.preview}
      intro={
        query.data
          ? t.metrics.previewed(query.data.metric_count, query.data.series_count, format.bytes(query.data.bytes))
          : t.metrics.previewHelp
      }
      isFlush
      actions={
        <Button
          isBusy={query.isFetching}
          onClick={() => {
            setOpen(true);
            if (isOpen) void query.refetch();
          }}
        >
          {isOpen ? t.metrics.refresh : t.metrics.show}
        </Button>
      }
    >
      {isOpen && (
        <Loaded query={query}>
          {({ content }) => (
            <pre className="log" tabIndex={0} role="group" aria-label={t.metrics.preview}>
              {content}
            </pre>
          )}
        </Loaded>
      )}
    </Panel>
  );
}
