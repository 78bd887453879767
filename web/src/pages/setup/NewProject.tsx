export default function NewProject() {
  return <h1>NewProject</h1>;
}
