export default function MeasureEditor() {
  return <h1>MeasureEditor</h1>;
}
