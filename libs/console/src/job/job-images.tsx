import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { imageAddress, type JobObject } from '../api/objects';
import { objectsQuery } from '../api/queries';
import type { Job } from '../api/types';
import { useTexts } from '../language/language';
import { Dialog } from '../ui/dialog';
import { Panel } from '../ui/page';

const IMAGE = /\.(png|jpe?g|webp|gif|avif)$/i;
const SHOWN_MAX = 24;

/** The pictures that the job has made, the newest first. */
export function JobImages({ job }: { readonly job: Job }) {
  const t = useTexts();
  const { data = [] } = useQuery(objectsQuery(job.job_id));
  const [open, setOpen] = useState<JobObject | null>(null);
  const images = data
    .filter(({ key }) => IMAGE.test(key))
    .sort((left, right) => right.last_modified.localeCompare(left.last_modified))
    .slice(0, SHOWN_MAX);
  if (images.length === 0) return null;
  return (
    <Panel title={t.images.title}>
      <ul className="gallery">
        {images.map((image) => (
          <li key={image.key}>
            <button type="button" className="thumbnail" onClick={() => setOpen(image)}>
              <Picture job={job} image={image} description="" />
              <span className="code">{image.key}</span>
            </button>
          </li>
        ))}
      </ul>
      {open && (
        <Dialog title={open.key} size="large" onClose={() => setOpen(null)}>
          <div className="picture">
            <Picture job={job} image={open} description={open.key} />
          </div>
        </Dialog>
      )}
    </Panel>
  );
}

interface PictureProps {
  readonly job: Job;
  readonly image: JobObject;
  /** Empty where the name stands beside it. */
  readonly description: string;
}

function Picture({ job, image, description }: PictureProps) {
  const t = useTexts();
  const { data: address, error } = useQuery({
    queryKey: ['picture', job.job_id, image.key, image.last_modified],
    queryFn: ({ signal }) => imageAddress(job.job_id, image.key, signal),
    staleTime: Infinity,
  });
  if (error) return <span className="muted">{t.images.failed}</span>;
  return address === undefined ? <span className="skeleton" /> : <img src={address} alt={description} loading="lazy" />;
}
