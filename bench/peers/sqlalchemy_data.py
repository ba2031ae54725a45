"""The database tests of TechEmpower by Flask, SQLAlchemy's models and Jinja. DATABASE is libpq's URL."""
import os
from random import randint

from flask import Flask, jsonify, render_template, request
from sqlalchemy import Column, Integer, String, create_engine
from sqlalchemy.orm import declarative_base, sessionmaker

app = Flask(__name__, template_folder=os.path.join(os.path.dirname(os.path.abspath(__file__)), "data"))
engine = create_engine(os.environ["DATABASE"].replace("postgresql:", "postgresql+psycopg2:"), pool_size=1)
Session = sessionmaker(engine)
Base = declarative_base()


class World(Base):
    __tablename__ = "world"
    id = Column(Integer, primary_key=True)
    randomNumber = Column("randomnumber", Integer)

    def as_dict(self):
        return {"id": self.id, "randomNumber": self.randomNumber}


class Fortune(Base):
    __tablename__ = "fortune"
    id = Column(Integer, primary_key=True)
    message = Column(String(2048))


def wanted():
    try:
        return min(max(int(request.args.get("queries", 1)), 1), 500)
    except ValueError:
        return 1


def random_worlds(session):
    return [session.get(World, key) for key in sorted({randint(1, 10000) for _ in range(wanted())})]


@app.route("/db")
def db():
    with Session() as session:
        return jsonify(session.get(World, randint(1, 10000)).as_dict())


@app.route("/queries")
def queries():
    with Session() as session:
        return jsonify([world.as_dict() for world in random_worlds(session)])


@app.route("/fortunes")
def fortunes():
    with Session() as session:
        found = session.query(Fortune).all()
        found.append(Fortune(id=0, message="Additional fortune added at request time."))
        found.sort(key=lambda fortune: fortune.message)
        return render_template("fortunes.html", fortunes=found)


@app.route("/updates")
def updates():
    with Session() as session:
        worlds = random_worlds(session)
        for world in worlds:
            world.randomNumber = randint(1, 10000)
        answer = [world.as_dict() for world in worlds]
        session.bulk_update_mappings(World, [{"id": w["id"], "randomNumber": w["randomNumber"]} for w in answer])
        session.commit()
        return jsonify(answer)
