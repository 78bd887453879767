export default function Enrichment() {
  return <h1>Enrichment</h1>;
}
