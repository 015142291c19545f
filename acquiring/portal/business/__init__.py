"""Business details: the application for live payments, step by step, and how it stands.

The same pages serve a business that signed up (`/business-details/`, behind the login) and one that
a platform brings (`/onboard/<secret>`, without an account of ours).
"""
