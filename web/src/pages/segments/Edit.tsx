export default function SegmentEditor() {
  return <h1>SegmentEditor</h1>;
}
