"""Nodes: processes that take chargers' links beside the server, and which of them owns a charger"""
