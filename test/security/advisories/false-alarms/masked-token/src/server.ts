import express from 'express';

function maskToken(token: string): string {
  return `${token.slice(0, 3)}...`;
}

const app = express();
app.post('/notes', (request, response) => {
  const token = request.headers.authorization;
  console.log(`A session begins for ${maskToken(token)}`);
  response.json({});
});
app.listen(3000, '127.0.0.1');
