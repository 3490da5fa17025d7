"""The one MetaData, with names for every constraint so that migrations can speak of them."""

from sqlalchemy import BigInteger, Integer, MetaData, String, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def be_alike(tables: MetaData) -> None:
    """Have PostgreSQL refuse no value that SQLite takes: lengths only say what is expected, for a
    peer's text is kept as it came, and integers have 64 bits."""
    for table in tables.tables.values():
        for column in table.columns:
            if type(column.type) is String:
                column.type = column.type.with_variant(Text(), "postgresql")
            elif type(column.type) is Integer:
                column.type = column.type.with_variant(BigInteger(), "postgresql")
